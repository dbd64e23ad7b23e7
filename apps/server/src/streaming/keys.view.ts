import type { KeyEntry } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { kindOf, type SdkIdentity } from '../access/index.js';
import { PrismaService } from '../database/index.js';

/** A key that opens something, and the hash that its secret is known by. */
export interface KnownKey {
  readonly identity: SdkIdentity;
  readonly hash: Uint8Array;
}

/** Reads which SDK keys still open something. */
@Injectable()
export class KeysView {
  constructor(private readonly prisma: PrismaService) {}

  /** Those of these keys that are neither revoked, nor expired, nor gone. */
  async valid(keyIds: readonly string[], now: Date): Promise<ReadonlySet<string>> {
    const rows = await this.prisma.sdkKey.findMany({ where: { id: { in: [...keyIds] }, ...opens(now) }, select: { id: true } });
    return new Set(rows.map(({ id }) => id));
  }

  /** What opens these environments now, by environment; every one of them has a list. */
  async lists(environmentIds: readonly string[], now: Date): Promise<ReadonlyMap<string, readonly KeyEntry[]>> {
    const rows = await this.prisma.sdkKey.findMany({
      where: { environmentId: { in: [...environmentIds] }, ...opens(now) },
      orderBy: { id: 'asc' },
    });
    const lists = new Map<string, KeyEntry[]>(environmentIds.map((id) => [id, []]));
    for (const row of rows) {
      const { id, hash, expiresAt } = row;
      const entry = { id, kind: kindOf(row), hash: Buffer.from(hash).toString('base64'), expiresAt: expiresAt?.getTime() ?? null };
      lists.get(row.environmentId)?.push(entry);
    }
    return lists;
  }

  /** The key, or null if it is revoked, expired or gone. */
  async find(keyId: string, now: Date): Promise<KnownKey | null> {
    const row = await this.prisma.sdkKey.findFirst({
      where: { id: keyId, ...opens(now) },
      include: { environment: { include: { project: true } } },
    });
    if (row === null) return null;
    const { id, environmentId, environment, hash } = row;
    const name = `${environment.project.key}/${environment.key}`;
    return { identity: { keyId: id, kind: kindOf(row), environmentId, environment: name }, hash };
  }
}

function opens(now: Date) {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
}
