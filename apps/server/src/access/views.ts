import type { ApiToken, SdkKey, SdkKeyKind } from '@ballast/api';
import { SCOPES, type Scope } from '../changes/index.js';
import type { KeyRow, TokenRow } from './credentials.store.js';

/** A token as it is answered and audited: without its hash. */
export function tokenView(row: TokenRow): ApiToken {
  return { ...credentialView(row), scopes: scopesOf(row) };
}

/** A key as it is answered and audited: without its hash. */
export function keyView(row: KeyRow): SdkKey {
  return { ...credentialView(row), kind: kindOf(row), replacedBy: row.replacedBy };
}

/** The scopes that a stored token holds. */
export function scopesOf(row: { readonly scopes: readonly string[] }): Scope[] {
  return SCOPES.filter((scope) => row.scopes.includes(scope));
}

/** The kind of a stored key; what is not known sees no more than a browser. */
export function kindOf(row: { readonly kind: string }): SdkKeyKind {
  return row.kind === 'server' || row.kind === 'relay' ? row.kind : 'client';
}

function credentialView(row: Omit<TokenRow, 'scopes'>) {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
