import { createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** What is signed: the id, the moment in Unix seconds and the raw body, as Standard Webhooks 1.0.0 say. */
export interface SignedMessage {
  readonly id: string;
  readonly seconds: number;
  readonly body: string;
}

/** Seconds that a signature may be off from now. */
const TOLERANCE_SECONDS = 300;

/** The header `webhook-signature`: one entry for each secret, so that receivers may know either during a rotation. */
export function signatureOf(message: SignedMessage, secrets: readonly string[]): string {
  return secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(contentOf(message)).digest('base64')}`).join(' ');
}

/** Whether one of the signatures is by the holder of an Ed25519 key (`whpk_…`), and made just now. */
export function isSignedBy(publicKey: string, message: SignedMessage, header: string, nowSeconds: number): boolean {
  if (!(Math.abs(nowSeconds - message.seconds) <= TOLERANCE_SECONDS)) return false;
  const key = keyObjectOf(publicKey);
  return header.split(' ').some((entry) => {
    const [version, signature = ''] = entry.split(',', 2);
    return version === 'v1a' && verify(null, Buffer.from(contentOf(message)), key, Buffer.from(signature, 'base64'));
  });
}

function contentOf({ id, seconds, body }: SignedMessage): string {
  return `${id}.${seconds}.${body}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** Bytes before the 32 of an Ed25519 key in its DER form (RFC 8410). */
const DER_START = Buffer.from('302a300506032b6570032100', 'hex');

function keyObjectOf(publicKey: string): KeyObject {
  const bytes = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64');
  return createPublicKey({ key: Buffer.concat([DER_START, bytes]), format: 'der', type: 'spki' });
}
