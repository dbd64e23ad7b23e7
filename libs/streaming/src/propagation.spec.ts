import { expect, it } from 'vitest';
import { mergePropagation, PropagationLog, summarise } from './propagation.js';

it('tells the median, the slow end and the largest of what it measured', () => {
  const log = new PropagationLog();
  for (let ms = 1; ms <= 1_000; ms += 1) log.record(7, ms);
  const { p50Ms, p99Ms, ...rest } = summarise(log.reports());
  expect(rest).toEqual({ changes: 1, receipts: 1_000, maxMs: 1_000 });
  expect(Math.abs((p50Ms ?? 0) / 500 - 1)).toBeLessThan(0.03);
  expect(Math.abs((p99Ms ?? 0) / 990 - 1)).toBeLessThan(0.03);
});

it('says nothing of what was not measured', () => {
  expect(summarise([])).toEqual({ changes: 0, receipts: 0, p50Ms: null, p99Ms: null, maxMs: null });
});

it('never says that most took longer than the slowest', () => {
  const log = new PropagationLog();
  log.record(1, 100);
  expect(summarise(log.reports())).toMatchObject({ p50Ms: 100, p99Ms: 100, maxMs: 100 });
});

it('remembers the last twenty changes', () => {
  const log = new PropagationLog();
  for (let revision = 1; revision <= 30; revision += 1) log.record(revision, 5);
  expect(log.reports().map(({ revision }) => revision)).toEqual(Array.from({ length: 20 }, (_, i) => i + 11));
});

it('adds up what several measured of one change', () => {
  const [a, b] = [new PropagationLog(), new PropagationLog()];
  a.record(3, 2);
  a.record(3, 40);
  b.record(3, 2);
  b.record(4, 90);
  const merged = mergePropagation([...a.reports(), ...b.reports()]);
  expect(merged.map(({ revision, maxMs }) => [revision, maxMs])).toEqual([
    [4, 90],
    [3, 40],
  ]);
  expect(summarise(merged)).toMatchObject({ changes: 2, receipts: 4, maxMs: 90 });
  expect(summarise(merged).p50Ms).toBeCloseTo(2, 0);
});
