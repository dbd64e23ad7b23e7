import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { isSignedBy, signatureOf } from './signature.js';

const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds: 1_614_265_330, body: '{"test": 2432232314}' };
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

it('signs the vector of Standard Webhooks', () => expect(signatureOf(message, [secret])).toBe(signature));

it('signs with every secret during a rotation', () => {
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  expect(signatureOf(message, [other, secret])).toBe(`${signatureOf(message, [other])} ${signature}`);
});

it('believes the holder of an Ed25519 key, for five minutes', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = `whpk_${publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;
  const content = `${message.id}.${message.seconds}.${message.body}`;
  const header = `${signature} v1a,${sign(null, Buffer.from(content), privateKey).toString('base64')}`;
  expect(isSignedBy(key, message, header, message.seconds + 300)).toBe(true);
  expect(isSignedBy(key, message, header, message.seconds + 301)).toBe(false);
  expect(isSignedBy(key, message, header, Number.NaN)).toBe(false);
  expect(isSignedBy(key, { ...message, body: '{}' }, header, message.seconds)).toBe(false);
  expect(isSignedBy(key, { ...message, id: 'msg_other' }, header, message.seconds)).toBe(false);
  expect(isSignedBy(key, message, signature, message.seconds)).toBe(false);
  expect(isSignedBy(key, message, header.replace('v1a,', 'v1,'), message.seconds)).toBe(false);
  expect(isSignedBy(key, message, 'v1a', message.seconds)).toBe(false);
});
