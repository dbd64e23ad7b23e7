import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import type { SdkKey as KeyRow, ApiToken as TokenRow } from '../generated/prisma/client.js';
import type { AdminToken } from './last-admin.js';

export type { KeyRow, TokenRow };

/** A key with the names of the place it opens. */
export interface PlacedKey extends KeyRow {
  readonly environment: { readonly key: string; readonly project: { readonly key: string } };
}

/** What a new credential is made of. */
export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly prefix: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** What a new key is made of. */
export interface NewKey extends Omit<NewToken, 'scopes'> {
  readonly kind: string;
  readonly environmentId: string;
}

/** Tables of API tokens and SDK keys. */
@Injectable()
export class CredentialsStore {
  constructor(private readonly prisma: PrismaService) {}

  tokenByHash(hash: Uint8Array<ArrayBuffer>): Promise<TokenRow | null> {
    return this.prisma.apiToken.findFirst({ where: { hash, revokedAt: null } });
  }

  keyByHash(hash: Uint8Array<ArrayBuffer>): Promise<PlacedKey | null> {
    const place = { select: { key: true, project: { select: { key: true } } } };
    return this.prisma.sdkKey.findFirst({ where: { hash, revokedAt: null }, include: { environment: place } });
  }

  async markTokenUsed(id: string, at: Date): Promise<void> {
    await this.prisma.apiToken.updateMany({ where: { id }, data: { lastUsedAt: at } });
  }

  async markKeyUsed(id: string, at: Date): Promise<void> {
    await this.prisma.sdkKey.updateMany({ where: { id }, data: { lastUsedAt: at } });
  }

  listTokens(page: Page): Promise<TokenRow[]> {
    return this.prisma.apiToken.findMany({ where: after(page), orderBy: OLDEST_FIRST, take: page.limit + 1 });
  }

  listKeys(environmentId: string, page: Page): Promise<KeyRow[]> {
    return this.prisma.sdkKey.findMany({ where: { environmentId, ...after(page) }, orderBy: OLDEST_FIRST, take: page.limit + 1 });
  }

  /** Creates a token, or answers null when one that is not revoked has its name. */
  async createToken(tx: Transaction, token: NewToken): Promise<TokenRow | null> {
    const [created] = await tx.apiToken.createManyAndReturn({ data: [{ ...token, scopes: [...token.scopes] }], skipDuplicates: true });
    return created ?? null;
  }

  /** Locks the counting of tokens, so that two creations cannot both be the last one allowed. */
  async countTokens(tx: Transaction): Promise<number> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('ballast:tokens'))::text`;
    return tx.apiToken.count({ where: { revokedAt: null } });
  }

  /** Locks the counting of the environment's keys. */
  async countKeys(tx: Transaction, environmentId: string): Promise<number> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('ballast:keys'), hashtext(${environmentId}))::text`;
    return tx.sdkKey.count({ where: { environmentId, revokedAt: null } });
  }

  async createKey(tx: Transaction, key: NewKey): Promise<KeyRow> {
    await this.tellKeys(tx, key.environmentId);
    return tx.sdkKey.create({ data: key });
  }

  /** The tokens that hold all power and are valid now, locked so that no two revocations can both count on the other's. */
  async lockAdmins(tx: Transaction, now: Date): Promise<readonly AdminToken[]> {
    return tx.$queryRaw<AdminToken[]>`
      SELECT id, expires_at AS "expiresAt" FROM api_token
      WHERE 'admin' = ANY(scopes) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ${now})
      ORDER BY id FOR UPDATE`;
  }

  findToken(tx: Transaction, id: string): Promise<TokenRow | null> {
    return tx.apiToken.findUnique({ where: { id } });
  }

  findKey(tx: Transaction, environmentId: string, id: string): Promise<KeyRow | null> {
    return tx.sdkKey.findUnique({ where: { id, environmentId } });
  }

  async revokeToken(tx: Transaction, id: string, at: Date): Promise<TokenRow> {
    await this.tellRevoked(tx, id);
    return tx.apiToken.update({ where: { id }, data: { revokedAt: at } });
  }

  async revokeKey(tx: Transaction, id: string, at: Date): Promise<KeyRow> {
    await this.tellRevoked(tx, id);
    const revoked = await tx.sdkKey.update({ where: { id }, data: { revokedAt: at } });
    await this.tellKeys(tx, revoked.environmentId);
    return revoked;
  }

  /** Lets a key end when another has taken over from it. */
  async replaceKey(tx: Transaction, { id, ...change }: Pick<KeyRow, 'id' | 'expiresAt' | 'replacedBy'>): Promise<KeyRow> {
    const replaced = await tx.sdkKey.update({ where: { id }, data: change });
    await this.tellKeys(tx, replaced.environmentId);
    return replaced;
  }

  /** Saves a credential that was given from outside, unless its secret is known already. Where another token has its name it gets a number. */
  async ensureToken(token: NewToken): Promise<void> {
    for (let turn = 1; (await this.prisma.apiToken.count({ where: { hash: token.hash } })) === 0; turn += 1) {
      const name = turn === 1 ? token.name : `${token.name} ${turn}`;
      await this.prisma.apiToken.createMany({ data: [{ ...token, name, scopes: [...token.scopes] }], skipDuplicates: true });
    }
  }

  async ensureKey(key: NewKey): Promise<void> {
    await this.prisma.sdkKey.createMany({ data: [key], skipDuplicates: true });
  }

  /** Tells those who let keys in elsewhere that the keys of an environment are others now. */
  async tellKeys(tx: Transaction, environmentId: string): Promise<void> {
    await tx.$queryRaw`SELECT pg_notify('ballast_keys', ${environmentId})::text`;
  }

  private async tellRevoked(tx: Transaction, id: string): Promise<void> {
    await tx.$queryRaw`SELECT pg_notify('ballast_key', ${id})::text`;
  }
}

/** The place after which a page starts. */
export interface Page {
  readonly limit: number;
  readonly after: { readonly createdAt: Date; readonly id: string } | null;
}

const OLDEST_FIRST = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];

function after({ after: last }: Page) {
  if (last === null) return {};
  return { OR: [{ createdAt: { gt: last.createdAt } }, { createdAt: last.createdAt, id: { gt: last.id } }] };
}
