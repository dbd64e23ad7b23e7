import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** Reads which SDK keys still open something. */
@Injectable()
export class KeysView {
  constructor(private readonly prisma: PrismaService) {}

  /** Those of these keys that are neither revoked, nor expired, nor gone. */
  async valid(keyIds: readonly string[], now: Date): Promise<ReadonlySet<string>> {
    const rows = await this.prisma.sdkKey.findMany({
      where: { id: { in: [...keyIds] }, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
      select: { id: true },
    });
    return new Set(rows.map(({ id }) => id));
  }
}
