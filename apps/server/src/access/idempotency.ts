import { createHash } from 'node:crypto';
import { LIMITS } from '@ballast/api';
import { refuse } from '../errors.js';

/** What an Idempotency-Key must be. */
export const KEY_RULE = `must be 1 to ${LIMITS.idempotencyKeyLength.max} printable ASCII characters, quoted or not`;

/** The key of an `Idempotency-Key` header, quoted (as the draft has it) or not (as most clients send it); null when unusable. */
export function parseIdempotencyKey(header: string): string | null {
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header.trim())?.[1];
  const key = quoted === undefined ? header.trim() : quoted.replaceAll(/\\(["\\])/g, '$1');
  return /^[\x20-\x7e]+$/.test(key) && !(quoted === undefined && key.includes('"')) && key.length <= LIMITS.idempotencyKeyLength.max
    ? key
    : null;
}

/** The name of a request that must have one; refuses a request without. */
export function requiredIdempotencyKey(headers: { readonly [name: string]: string | string[] | undefined }): string {
  const header = headers['idempotency-key'];
  return (
    parseIdempotencyKey(String(header ?? '')) ??
    refuse('request.invalid', { problems: [{ path: '/headers/idempotency-key', message: KEY_RULE }] })
  );
}

/** What must be equal for a request to count as the same one again. */
export function fingerprintOf(request: {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify([request.method, request.url, request.body ?? null]);
  return new Uint8Array(createHash('sha256').update(text, 'utf8').digest());
}

/** The answer without its secret: what is stored may be read by whoever reads the database. */
export function withoutSecret(answer: unknown): unknown {
  const isHolder = typeof answer === 'object' && answer !== null && Object.hasOwn(answer, 'secret');
  return isHolder ? { ...answer, secret: null } : answer;
}
