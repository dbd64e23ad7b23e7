import type { Refusal, RefusalCode } from './errors.js';

const DOOR = /^\/ofrep\/v1\/evaluate\/flags(?:\/([^/?]*))?(?:\?|$)/;

const ERROR_CODES: Partial<Readonly<Record<RefusalCode, string>>> = {
  'body.malformed': 'PARSE_ERROR',
  'body.too_deep': 'INVALID_CONTEXT',
  'body.too_large': 'INVALID_CONTEXT',
  'body.unsupported_type': 'PARSE_ERROR',
  'context.invalid': 'INVALID_CONTEXT',
};

/** What a problem says besides to an OFREP client, and the status that it understands. */
export interface OfrepProblem {
  readonly status: number;
  readonly members: { readonly errorCode: string; readonly errorDetails: string; readonly key?: string };
}

/** OFREP's part of the answer to a request that failed; null for other doors. A refusal of null is a fault of the server. */
export function ofrepProblem(url: string, refusal: Refusal | null): OfrepProblem | null {
  const door = DOOR.exec(url);
  if (door === null) return null;
  const [, key] = door;
  const errorCode = (refusal && ERROR_CODES[refusal.code]) ?? 'GENERAL';
  const errorDetails = refusal?.message ?? 'The server failed';
  const status = refusal?.status ?? 500;
  return {
    // Clients of the protocol know no 413 and no 415.
    status: status === 413 || status === 415 ? 400 : status,
    members: { errorCode, errorDetails, ...(key !== undefined && { key: decoded(key) }) },
  };
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
