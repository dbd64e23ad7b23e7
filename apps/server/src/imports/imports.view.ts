import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** Reads what an import has to know beforehand. */
@Injectable()
export class ImportsView {
  constructor(private readonly prisma: PrismaService) {}

  /** How many of these keys have a flag in the project. */
  countFlags(projectId: string, keys: readonly string[]): Promise<number> {
    return this.prisma.flag.count({ where: { projectId, key: { in: [...keys] } } });
  }
}
