import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token is renewed at every full hour of epoch time, so that it is the same text until then. */
const RENEWED_MS = 3_600_000;

/** How much longer one is taken than it is handed out: who got it in its last moment still has time to connect. */
const GRACE_MS = 300_000;

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TOKEN = new RegExp(`^(${UUID})\\.([0-9a-z]{1,11})\\.([\\w-]{43})$`);

/** A token as it was read, not verified yet. */
export interface StreamToken {
  readonly keyId: string;
  /** Until when it is handed out, epoch milliseconds. */
  readonly until: number;
  readonly signature: string;
}

/**
 * A token that opens the event stream of one SDK key's environment and nothing else, for at most an hour and five minutes. It is signed with
 * the hash of the key's secret: every server can verify it, and who could forge one holds the key already.
 */
export function mintToken(keyId: string, secretHash: Uint8Array, now: number): string {
  const until = (Math.floor(now / RENEWED_MS) + 1) * RENEWED_MS;
  return [keyId, until.toString(36), signatureOf({ keyId, until }, secretHash)].join('.');
}

/** The parts of a token that may still be taken; null for anything else. */
export function readToken(text: string, now: number): StreamToken | null {
  const [, keyId, end = '', signature] = TOKEN.exec(text) ?? [];
  if (keyId === undefined || signature === undefined) return null;
  const until = Number.parseInt(end, 36);
  const isCurrent = until + GRACE_MS > now && until <= now + RENEWED_MS;
  return isCurrent ? { keyId, until, signature } : null;
}

/** Whether the token was signed with this hash of a secret. */
export function isSignedBy(token: StreamToken, secretHash: Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(signatureOf(token, secretHash)), Buffer.from(token.signature));
}

function signatureOf({ keyId, until }: Pick<StreamToken, 'keyId' | 'until'>, secretHash: Uint8Array): string {
  return createHmac('sha256', secretHash).update(`ballast event stream ${keyId} ${until}`).digest('base64url');
}
