import type { Resolution } from '@ballast/evaluation';
import type { ProcessLoad } from '@ballast/protocol';
import { beforeEach, expect, it } from 'vitest';
import { FullCounters } from './full-counters.js';
import { MAX_CONTEXTS, MAX_FLAGS, SeenVariants } from './seen-variants.js';
import { MAX_PAIRS } from './tracked-events.js';

let now: number;
let counters: FullCounters;
let loads: ProcessLoad[];

beforeEach(() => {
  now = 1_000_003_000;
  loads = [];
  counters = new FullCounters(
    () => now,
    () => {},
    { slowMs: [100, 500], busy: () => loads.shift() },
  );
});

const served = (flag: string): Resolution => ({ flag, version: 3, reason: 'STATIC', variant: 'on', value: true, metadata: {} });
const taken = () => {
  counters.roll();
  return counters.take()?.content;
};

it('counts what ended well above a threshold, and not at it', () => {
  const of = served('a');
  for (const ms of [99.9, 100, 100.1, 500, 500.1]) counters.outcome(of, true, ms);
  counters.outcome(of, false, 10_000);
  expect(taken()?.rows).toMatchObject([{ ok: 5, err: 1, slow: [100, 3, 500, 1] }]);
});

it('says of failures that they were timed, and nothing of thresholds where nothing ended', () => {
  counters.count(served('a'));
  counters.outcome(served('b'), false, 10_000);
  expect(taken()?.rows.map(({ slow }) => slow)).toEqual([undefined, [100, 0, 500, 0]]);
});

it('sends tracked events in batches of their own, each small enough for a page that is left', () => {
  const of = served('f'.repeat(250));
  counters.count(of);
  for (let i = 0; i < MAX_PAIRS + 5; i++) expect(counters.track(`${'€'.repeat(90)}${i}`, 1, of)).toBe(i < MAX_PAIRS);
  expect(counters.track(`${'€'.repeat(90)}0`, 1, of)).toBe(true);
  expect(taken()).toMatchObject({ rows: [{ exposures: 1 }], dropped: 5 });
  let count = 0;
  for (let batch = counters.take(); batch; batch = counters.take()) {
    expect(Buffer.byteLength(JSON.stringify(batch.content))).toBeLessThan(65_000);
    count += batch.content.outcomes?.reduce((sum, row) => sum + row.count, 0) ?? 0;
  }
  expect(count).toBe(MAX_PAIRS + 1);
});

it('leaves out events of the day before', () => {
  counters.track('order', 1, served('a'));
  counters.track('order', 1, served('a'));
  now += 90_000_000;
  counters.track('order', 1, served('b'));
  expect(taken()).toMatchObject({ outcomes: [{ flag: 'b' }] });
  expect(taken()).toBeUndefined();
  counters.count(served('a'));
  expect(taken()).toMatchObject({ rows: [{ flag: 'a' }], dropped: 2 });
});

it('remembers of contexts the last that were heard of, and of each so many flags', () => {
  const seen = new SeenVariants();
  const context = (index: number) => ({ targetingKey: `user-${index}` });
  for (let i = 0; i < MAX_CONTEXTS; i++) seen.see(context(i), served('a'));
  seen.see(context(0), served('b'));
  seen.see(context(MAX_CONTEXTS), served('a'));
  expect([0, 1, 2, MAX_CONTEXTS].map((index) => seen.of(context(index)).length)).toEqual([2, 0, 1, 1]);
  for (let i = 0; i < MAX_FLAGS + 10; i++) seen.see(context(2), served(`flag-${i}`));
  expect(seen.of(context(2))).toHaveLength(MAX_FLAGS);
});

const busy: ProcessLoad = { ms: 10_000, loop: 500, cpu: 250, memory: 100 };

it('tells of the process with what was counted', () => {
  loads = [busy];
  counters.count(served('a'));
  expect(taken()).toMatchObject({ rows: [{ flag: 'a' }], process: busy });
  counters.count(served('a'));
  expect(taken()).not.toHaveProperty('process');
});

it('tells of the process alone only when a sign is to be given', () => {
  loads = [busy];
  expect(taken()).toBeUndefined();
  expect(counters.giveSign()).toBe(true);
  expect(counters.take()).toEqual({ content: { rows: [], unknown: {}, dropped: 0, process: busy }, evaluations: 0, t0: now });
  expect(taken()).toBeUndefined();
  expect(counters.giveSign()).toBe(false);
});
