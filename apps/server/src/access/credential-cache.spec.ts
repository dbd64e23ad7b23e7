import { expect, it, vi } from 'vitest';
import { CredentialCache } from './credential-cache.js';

function aKey(id: string, expiresAt: number | null = null) {
  return { id, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}

it('holds a credential for a second', () => {
  const cache = new CredentialCache();
  cache.put('hash', aKey('a'), 1_000);
  expect(cache.get('hash', 1_999)).toEqual(aKey('a'));
  expect(cache.get('hash', 2_000)).toBeNull();
  expect(cache.get('other', 1_000)).toBeNull();
});

it('tells whom it believes still, as long as it may', () => {
  const cache = new CredentialCache<ReturnType<typeof aKey>>(60_000);
  cache.put('hash a', aKey('a'), 1_000);
  cache.put('hash b', aKey('b'), 2_000);
  expect(cache.ids(60_999)).toEqual(['a', 'b']);
  expect(cache.ids(61_000)).toEqual(['b']);
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

it('looks a credential up once for all who ask at the same time', async () => {
  const cache = new CredentialCache();
  let lookUps = 0;
  const lookUp = async () => {
    lookUps += 1;
    return aKey('a');
  };
  expect(await Promise.all([1, 2, 3].map(() => cache.find('hash', 1_000, lookUp)))).toEqual([aKey('a'), aKey('a'), aKey('a')]);
  expect(await cache.find('hash', 1_999, lookUp)).toEqual(aKey('a'));
  expect(lookUps).toBe(1);
});

it('holds neither what is unknown nor what has expired, and looks again after a failure', async () => {
  const cache = new CredentialCache();
  expect(await cache.find('hash', 1_000, async () => null)).toBeNull();
  expect(await cache.find('hash', 1_000, async () => aKey('a', 1_000))).toBeNull();
  await expect(cache.find('hash', 1_000, () => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  expect(cache.has('hash')).toBe(false);
  expect(await cache.find('hash', 1_000, async () => aKey('a'))).toEqual(aKey('a'));
});

it('does not hold what was read before a revocation', async () => {
  const cache = new CredentialCache();
  const found = cache.find('hash', 1_000, async () => {
    cache.forget('a');
    return aKey('a');
  });
  expect(await found).toEqual(aKey('a'));
  expect(cache.get('hash', 1_000)).toBeNull();
});

it('knows a credential again after its short life, until it is found to be none', async () => {
  const cache = new CredentialCache();
  await cache.find('hash', 1_000, async () => aKey('a'));
  expect([cache.get('hash', 60_000), cache.has('hash')]).toEqual([null, true]);
  expect(await cache.find('hash', 60_000, async () => null)).toBeNull();
  expect(cache.has('hash')).toBe(false);
});

it('believes what it knew while it cannot look again, for a while, and lets nobody wait for that twice', async () => {
  const cache = new CredentialCache(100_000);
  const away = () => Promise.reject(new Error('no database'));
  await cache.find('hash', 1_000, async () => aKey('a', 60_000));
  expect(await cache.find('hash', 10_000, away)).toMatchObject({ id: 'a' });
  let answer: (key: null) => void = () => undefined;
  const slow = new Promise<null>((resolve) => {
    answer = resolve;
  });
  expect(await cache.find('hash', 20_000, () => slow)).toMatchObject({ id: 'a' });
  answer(null);
  await vi.waitFor(() => expect(cache.has('hash')).toBe(false));
  await expect(cache.find('hash', 30_000, away)).rejects.toThrow('no database');
});

it('does not believe for ever what it cannot look up', async () => {
  const cache = new CredentialCache(100_000);
  await cache.find('hash', 1_000, async () => aKey('a'));
  await expect(cache.find('hash', 101_000, () => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
});
