import type { SdkKeyKind } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { kindOf } from '../access/index.js';
import { PrismaService } from '../database/index.js';

/** A key by which instances are known. */
export interface NamedKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly kind: SdkKeyKind;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly replacedBy: string | null;
}

/** Reads the names of the keys of an environment. */
@Injectable()
export class KeyUsesView {
  constructor(private readonly prisma: PrismaService) {}

  /** The keys of an environment that still open something, by id; those that were rotated among them. */
  async keys(environmentId: string): Promise<ReadonlyMap<string, NamedKey>> {
    const rows = await this.prisma.sdkKey.findMany({
      where: { environmentId, revokedAt: null },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return new Map(
      rows.map((row) => {
        const { id, name, prefix, expiresAt, revokedAt, replacedBy } = row;
        return [id, { id, name, prefix, kind: kindOf(row), expiresAt, revokedAt, replacedBy }];
      }),
    );
  }
}
