import { evaluate, prepareFlag, type Resolution } from '@ballast/evaluation';
import { beforeEach, expect, it } from 'vitest';
import { Counters, markOf } from './counters.js';

let now: number;
let opened: number[];
let counters: Counters;

beforeEach(() => {
  now = 1_000_003_000;
  opened = [];
  counters = new Counters(
    () => now,
    (msLeft) => opened.push(msLeft),
  );
});

const served = (flag: string, variant = 'on'): Resolution => ({
  flag,
  version: 3,
  reason: 'SPLIT',
  stage: 's1',
  variant,
  value: true,
  metadata: {},
});
const missing = (flag: string): Resolution => ({
  flag,
  version: 0,
  metadata: {},
  reason: 'ERROR',
  errorCode: 'FLAG_NOT_FOUND',
  errorMessage: '',
});
const mismatch = (): Resolution => ({ flag: 'a', version: 3, metadata: {}, reason: 'ERROR', errorCode: 'TYPE_MISMATCH', errorMessage: '' });
const taken = (): unknown => {
  counters.roll();
  const batch = counters.take();
  return batch && JSON.parse(JSON.stringify(batch.content));
};

it('counts evaluations per resolution and 10-second slot', () => {
  const [a, b] = [served('a'), served('a', 'off')];
  for (const resolution of [a, a, b]) counters.count(resolution);
  counters.roll();
  now += 10_000;
  counters.count(a);
  const row = { flag: 'a', version: 3, reason: 'SPLIT', stage: 's1', ok: 0, err: 0 };
  expect(taken()).toEqual({
    rows: [
      { ...row, variant: 'on', t0: 1_000_000_000, exposures: 2 },
      { ...row, variant: 'off', t0: 1_000_000_000, exposures: 1 },
      { ...row, variant: 'on', t0: 1_000_010_000, exposures: 1 },
    ],
    unknown: {},
    dropped: 0,
  });
});

it('counts outcomes and their latency beside the evaluations', () => {
  const resolution = served('a');
  counters.count(resolution);
  counters.outcome(resolution, true, 1);
  counters.outcome(resolution, false, 100);
  expect(taken()).toMatchObject({ rows: [{ exposures: 3, ok: 1, err: 1, hist: [1, 1, 106, 1] }] });
});

it('tells how long the slot still lasts', () => {
  const resolution = served('a');
  counters.count(resolution);
  counters.count(resolution);
  expect(opened).toEqual([7_000]);
});

it('counts errors made afresh each time in one row, without a variant', () => {
  counters.count(mismatch());
  counters.count(mismatch());
  expect(taken()).toMatchObject({ rows: [{ flag: 'a', reason: 'ERROR', exposures: 2 }] });
});

it('counts keys that do not exist by key, a hundred of them, and drops the rest', () => {
  counters.count(missing('__proto__'));
  for (let i = 0; i < 150; i++) counters.count(missing(`key-${i}`));
  counters.count(missing('key-0'));
  counters.count(missing('x'.repeat(256)));
  counters.roll();
  const { content, evaluations } = counters.take() ?? {};
  const { unknown, dropped } = JSON.parse(JSON.stringify(content));
  expect(Object.entries(unknown).slice(0, 2)).toEqual([
    ['__proto__', 1],
    ['key-0', 2],
  ]);
  expect(Object.keys(unknown)).toHaveLength(100);
  expect(dropped).toBe(52);
  expect(evaluations).toBe(153);
});

it('splits what it has into batches of at most 500 rows and 64 KiB', () => {
  for (let i = 0; i < 700; i++) counters.count(served(`flag-${i}`));
  for (let i = 0; i < 400; i++) counters.count(served(`${'ж'.repeat(200)}-${i}`));
  counters.roll();
  const batches = [];
  for (let batch = counters.take(); batch; batch = counters.take()) batches.push(batch);
  const rows = batches.flatMap(({ content }) => content.rows);
  expect(new Set(rows.map(({ flag }) => flag)).size).toBe(1100);
  expect(batches.reduce((sum, { evaluations }) => sum + evaluations, 0)).toBe(1100);
  for (const { content } of batches) {
    expect(content.rows.length).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThanOrEqual(65_300);
  }
});

it('bounds its memory and says how much it dropped', () => {
  for (let i = 0; i < 10_050; i++) counters.count(served(`flag-${i}`));
  counters.roll();
  let dropped = 0;
  let counted = 0;
  for (let batch = counters.take(); batch; batch = counters.take()) {
    dropped += batch.content.dropped;
    counted += batch.content.rows.length;
  }
  expect({ counted, dropped }).toEqual({ counted: 10_000, dropped: 50 });
});

it('drops and counts rows that are older than a day', () => {
  counters.count(served('old'));
  counters.roll();
  now += 86_400_000 + 10_000;
  counters.count(served('new'));
  expect(taken()).toMatchObject({ rows: [{ flag: 'new' }], dropped: 1 });
});

it('has nothing to send when nothing was counted', () => {
  expect(taken()).toBeNull();
});

it('counts resolutions that remember their cell slot by slot, and apart from other counters', () => {
  const flag = prepareFlag({
    key: 'a',
    version: 3,
    type: 'boolean',
    state: 'on',
    variants: { on: true },
    offVariant: null,
    prerequisites: [],
    rules: [],
    default: { variant: 'on' },
    metadata: {},
  });
  const resolution = evaluate({ flags: new Map([['a', flag]]), segments: new Map() }, 'a', {});
  const others = new Counters(
    () => now,
    () => {},
  );
  for (const one of [counters, others, counters, counters, others]) one.count(resolution);
  expect(taken()).toMatchObject({ rows: [{ flag: 'a', variant: 'on', exposures: 3 }] });
  counters.count(resolution);
  others.count(resolution);
  expect(taken()).toMatchObject({ rows: [{ exposures: 1 }] });
  others.roll();
  expect(others.take()?.content).toMatchObject({ rows: [{ exposures: 3 }] });
});

it('counts every one of several evaluations that come together, also of what is unknown or too much', () => {
  counters.count(missing('gone'), 3);
  counters.count(served('x'.repeat(300)), 5);
  counters.count(served('a'), 2);
  expect(taken()).toMatchObject({ rows: [{ flag: 'a', exposures: 2 }], unknown: { gone: 3 }, dropped: 5 });
});

it('counts a context once per variant and stage, and its first failure', () => {
  const inStage = (stage: string, version: number) => {
    const split = { by: 'targetingKey', hash: 'native', salt: 's', stage, share: 100_000, weights: [['on', 1]], rest: null } as const;
    const flag = prepareFlag({
      key: 'a',
      version,
      type: 'boolean',
      state: 'on',
      variants: { on: true },
      offVariant: null,
      prerequisites: [],
      rules: [],
      default: { split },
      metadata: {},
    });
    return { flags: new Map([['a', flag]]), segments: new Map() };
  };
  const meet = (set: ReturnType<typeof inStage>, targetingKey: string, ok?: boolean) => {
    const resolution = evaluate(set, 'a', { targetingKey });
    const mark = markOf(resolution, { targetingKey });
    if (ok === undefined) counters.count(resolution);
    else counters.outcome(resolution, ok, 5);
    if (mark !== undefined) counters.first(resolution, mark, ok === false);
  };
  const [first, same, next] = [inStage('1', 3), inStage('1', 4), inStage('2', 5)];
  for (const key of ['u', 'u', 'v']) meet(first, key);
  for (const ok of [true, false, false]) meet(first, 'u', ok);
  meet(same, 'u');
  meet(next, 'u');
  expect(taken()).toMatchObject({
    rows: [
      { version: 3, stage: '1', exposures: 6, exposuresFirst: 2, err: 2, errFirst: 1 },
      { version: 4, stage: '1', exposures: 1 },
      { version: 5, stage: '2', exposures: 1, exposuresFirst: 1 },
    ],
  });
});

it('asks for first exposures only where a step of a rollout divides the contexts', () => {
  expect(markOf(served('a'), { targetingKey: 'u' })).toBeUndefined();
  expect(markOf(missing('a'), { targetingKey: 'u' })).toBeUndefined();
});

it('drops whole batches of old rows on the way to those that can still be sent', () => {
  for (let i = 0; i < 1_100; i++) counters.count(served(`old ${i}`));
  counters.roll();
  now += 90_000_000;
  counters.count(served('new'));
  expect(taken()).toMatchObject({ rows: [{ flag: 'new', exposures: 1 }], dropped: 1_100 });
});

it('keeps first times of a slot in which nothing else is counted', () => {
  const resolution = served('a');
  counters.first(resolution, 1);
  expect(taken()).toMatchObject({ rows: [{ flag: 'a', exposures: 0, exposuresFirst: 1 }] });
});

it('takes a batch for as old as what is in it, not as what was dropped before it', () => {
  counters.count(served('old'));
  counters.roll();
  now += 90_000_000;
  counters.count(served('new'));
  counters.roll();
  expect(counters.take()).toMatchObject({ t0: now - (now % 10_000), evaluations: 2 });
});
