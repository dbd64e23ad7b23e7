import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** Reads what an import has to know beforehand. */
@Injectable()
export class ImportsView {
  constructor(private readonly prisma: PrismaService) {}

  /** How many of these keys have a flag in the project; they travel as one list, since a statement has only so many parameters. */
  async countFlags(projectId: string, keys: readonly string[]): Promise<number> {
    const [row] = await this.prisma.$queryRaw<{ readonly count: number }[]>`
      SELECT count(*)::int AS count FROM flag WHERE project_id = ${projectId}::uuid AND key = ANY(${keys}::text[])`;
    return row?.count ?? 0;
  }
}
