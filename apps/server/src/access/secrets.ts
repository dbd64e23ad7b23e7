import { hash, randomBytes } from 'node:crypto';

const MARKS = { server: 'blst_srv_', client: 'blst_cli_', relay: 'blst_rly_', token: 'blst_api_', trigger: 'blst_trg_' } as const;

/** What a secret opens. */
export type SecretKind = keyof typeof MARKS;

/** A new secret: 256 random bits behind a mark that scanners can find. */
export function newSecret(kind: SecretKind): string {
  return MARKS[kind] + randomBytes(32).toString('base64url');
}

/**
 * What is stored and looked up instead of the secret. A plain SHA-256 is enough for 256 random bits, and looking it up
 * tells nothing by its timing: who can choose the hash's first bytes still cannot choose the secret that leads to them.
 */
export function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', secret, 'buffer'));
}

/** The start of a secret, to recognise it by: never more than a quarter of one that somebody chose. */
export function prefixOf(secret: string): string {
  const isOurs = Object.values(MARKS).some((mark) => secret.startsWith(mark) && secret.length === mark.length + 43);
  return secret.slice(0, isOurs ? 13 : 4);
}

/** The hash as text, to hold credentials by. */
export function hashText(secret: string): string {
  return hash('sha256', secret, 'base64');
}
