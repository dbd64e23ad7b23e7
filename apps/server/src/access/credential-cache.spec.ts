import { expect, it } from 'vitest';
import { CredentialCache } from './credential-cache.js';

function aKey(id: string, expiresAt: number | null = null) {
  return { id, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}

it('holds a credential for five seconds', () => {
  const cache = new CredentialCache();
  cache.put('hash', aKey('a'), 1_000);
  expect(cache.get('hash', 5_999)).toEqual(aKey('a'));
  expect(cache.get('hash', 6_000)).toBeNull();
  expect(cache.get('other', 1_000)).toBeNull();
});

it('never outlives the end of a credential', () => {
  const cache = new CredentialCache();
  cache.put('hash', aKey('a', 2_000), 1_000);
  expect(cache.get('hash', 1_999)).not.toBeNull();
  expect(cache.get('hash', 2_000)).toBeNull();
});

it('forgets a revoked credential at once, and only that one', () => {
  const cache = new CredentialCache();
  cache.put('hash a', aKey('a'), 1_000);
  cache.put('hash b', aKey('b'), 1_000);
  cache.forget('a');
  expect(cache.get('hash a', 1_001)).toBeNull();
  expect(cache.get('hash b', 1_001)).toEqual(aKey('b'));
});

it('asks for the last use to be written once a minute', () => {
  const cache = new CredentialCache();
  expect([0, 59_999, 60_000, 60_001].map((now) => cache.isUseDue('a', now))).toEqual([true, false, true, false]);
});
