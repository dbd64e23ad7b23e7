import { expect, it } from 'vitest';
import { isSignedBy, mintToken, readToken } from './stream-token.js';

const KEY = '6f1c2d3e-0000-4000-8000-00000000abcd';
const HASH = new Uint8Array(32).fill(7);
const HOUR = 3_600_000;
const NOW = 500_000 * HOUR + 1;

it('reads what it made, signed by the same hash and by no other', () => {
  const token = readToken(mintToken(KEY, HASH, NOW), NOW);
  expect(token).toMatchObject({ keyId: KEY, until: 500_001 * HOUR });
  expect(token && isSignedBy(token, HASH)).toBe(true);
  expect(token && isSignedBy(token, new Uint8Array(32))).toBe(false);
});

it('signs key and end, so that neither can be exchanged', () => {
  const token = readToken(mintToken(KEY, HASH, NOW), NOW);
  if (token === null) throw new Error('unreadable');
  expect(isSignedBy({ ...token, until: token.until - HOUR }, HASH)).toBe(false);
  expect(isSignedBy({ ...token, keyId: KEY.replace('6', '7') }, HASH)).toBe(false);
});

it('is taken for five minutes after it is no longer handed out, and never from the future', () => {
  const text = mintToken(KEY, HASH, NOW);
  const until = 500_001 * HOUR;
  expect(readToken(text, until + 299_999)).not.toBeNull();
  expect(readToken(text, until + 300_000)).toBeNull();
  expect(readToken(text, until - HOUR)).not.toBeNull();
  expect(readToken(text, until - HOUR - 1)).toBeNull();
});

it.each(['', 'x', `${KEY}.zz`, `${KEY}..${'A'.repeat(43)}`, `nobody.abc.${'A'.repeat(43)}`, `${KEY}.abc.${'A'.repeat(42)}`])(
  'cannot read %j',
  (text) => {
    expect(readToken(text, NOW)).toBeNull();
  },
);
