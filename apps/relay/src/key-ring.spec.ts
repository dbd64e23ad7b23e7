import { createHash } from 'node:crypto';
import type { KeyEntry } from '@ballast/streaming';
import { expect, it } from 'vitest';
import { KeyRing } from './key-ring.js';

let now = 1_000;

function aKey(secret: string, change: Partial<KeyEntry> = {}): KeyEntry {
  return { id: `id of ${secret}`, kind: 'server', hash: createHash('sha256').update(secret).digest('base64'), expiresAt: null, ...change };
}

it('finds a key by its secret, and no other', () => {
  const ring = new KeyRing(() => now);
  const [one, two] = [aKey('one'), aKey('two', { kind: 'client' })];
  ring.replace('env', [one, two]);
  expect([ring.find('one'), ring.find('two'), ring.find('three'), ring.find(one.hash)]).toEqual([one, two, null, null]);
});

it('tells which keys are gone, and everyone that the list is another', () => {
  const ring = new KeyRing(() => now);
  const heard: string[] = [];
  const stop = ring.subscribe((environmentId) => heard.push(environmentId));
  expect(ring.replace('env', [aKey('one'), aKey('two')])).toEqual([]);
  expect(ring.replace('env', [aKey('two'), aKey('three')])).toEqual(['id of one']);
  expect(ring.find('one')).toBeNull();
  stop();
  ring.replace('env', []);
  expect(heard).toEqual(['env', 'env']);
});

it('lets a key end by itself', () => {
  const ring = new KeyRing(() => now);
  const key = aKey('one', { expiresAt: 2_000 });
  ring.replace('env', [key]);
  expect([ring.find('one'), ring.ended(), ring.current()]).toEqual([key, [], [key]]);
  now = 2_000;
  expect([ring.find('one'), ring.ended(), ring.current(), ring.all()]).toEqual([null, [key.id], [], [key]]);
});

it("ends keys by upstream's clock where the one of this machine is another", () => {
  let machine = 3_600_000;
  const ring = new KeyRing(() => machine);
  const key = aKey('one', { expiresAt: 60_000 });
  ring.replace('env', [key]);
  ring.follow(1_000);
  expect([ring.find('one'), ring.ended()]).toEqual([key, []]);
  machine += 59_000;
  expect([ring.find('one'), ring.ended()]).toEqual([null, [key.id]]);
  ring.follow(machine + 999);
  expect(ring.now()).toBe(machine);
});
