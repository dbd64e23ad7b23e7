import { expect, it } from 'vitest';
import { LoadBook, saturationOf } from './load-book.js';

const MINUTE = 60_000;
const by = (instance: string, at: number) => ({ environmentId: 'e', instance, at });
const load = (ms: number, loop: number, more = {}) => ({ ms, loop, cpu: 0, memory: 0, ...more });

it('goes by the resource that runs out first', () => {
  expect([saturationOf(load(1, 300)), saturationOf(load(1, 300, { cpu: 700 })), saturationOf(load(1, 300, { memory: 900 }))]).toEqual([
    300, 700, 900,
  ]);
});

it('adds up minutes, each report for as long as it is about, and names the busiest', () => {
  const book = new LoadBook();
  book.note(by('idle', MINUTE + 1), load(50_000, 100));
  book.note(by('spiky', MINUTE + 2), load(10_000, 1_000));
  book.note(by('idle', 2 * MINUTE), load(10_000, 0));
  expect(book.take()).toEqual([
    { environmentId: 'e', slot: 2 * MINUTE, usedMs: 0, watchedMs: 10_000, busiest: 0, busiestInstance: 'idle' },
    { environmentId: 'e', slot: MINUTE, usedMs: 15_000, watchedMs: 60_000, busiest: 1_000, busiestInstance: 'spiky' },
  ]);
  expect(book.take()).toEqual([]);
});

it('lets nobody weigh more than two minutes', () => {
  const book = new LoadBook();
  book.note(by('forged', 0), load(Number.MAX_SAFE_INTEGER, 1_000));
  expect(book.take()).toMatchObject([{ usedMs: 120_000, watchedMs: 120_000 }]);
});
