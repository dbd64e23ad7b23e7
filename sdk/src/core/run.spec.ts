import { beforeEach, expect, it } from 'vitest';
import { type BranchRun, runBranch } from './run.js';

let now: number;
let outcomes: unknown[];

beforeEach(() => {
  now = 0;
  outcomes = [];
});

const run = (branch: () => unknown, rescue?: () => unknown): unknown => {
  const options: BranchRun = { branch, rescue, elapsed: () => now, report: (ok, ms) => outcomes.push([ok, ms]) };
  return runBranch(options);
};
const after = (ms: number) => {
  now += ms;
};
const fail = () => {
  after(7);
  throw new Error('broken');
};

it('hands on what a sync branch returns', () => {
  expect(run(() => after(5) ?? 42)).toBe(42);
  expect(outcomes).toEqual([[true, 5]]);
});

it('hands on what a sync branch throws', () => {
  expect(() => run(fail)).toThrow('broken');
  expect(outcomes).toEqual([[false, 7]]);
});

it('waits for an async branch before it counts', async () => {
  const { promise, resolve } = defer<number>();
  const running = run(() => promise);
  expect(outcomes).toEqual([]);
  after(20);
  resolve(42);
  expect(await running).toBe(42);
  expect(outcomes).toEqual([[true, 20]]);
});

it('hands on the rejection of an async branch', async () => {
  await expect(run(async () => fail())).rejects.toThrow('broken');
  expect(outcomes).toEqual([[false, 7]]);
});

it('counts the failure and runs the other branch where that was asked for', async () => {
  expect(run(fail, () => 'old way')).toBe('old way');
  expect(
    await run(
      async () => fail(),
      async () => 'old way',
    ),
  ).toBe('old way');
  expect(outcomes).toEqual([
    [false, 7],
    [false, 7],
  ]);
});

it('hands on the failure of the other branch', async () => {
  const broken = () => {
    throw new Error('also broken');
  };
  expect(() => run(fail, broken)).toThrow('also broken');
  await expect(run(async () => fail(), broken)).rejects.toThrow('also broken');
});

function defer<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
