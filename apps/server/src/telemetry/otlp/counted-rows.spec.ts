import { type Flag, prepareFlag, type Serve } from '@ballast/evaluation';
import { expect, it } from 'vitest';
import { rowsOf } from './counted-rows.js';
import type { Evaluated, Root } from './findings.js';

const now = 1_800_000_000_000;
const stagedSplit = (stage: string): Serve => ({
  split: {
    by: 'targetingKey',
    hash: 'native',
    salt: 's',
    share: 100_000,
    rest: null,
    stage,
    weights: [
      ['on', 1],
      ['off', 1],
    ],
  },
});

function aFlag(change: Partial<Flag>): Flag {
  const variants = { on: true, off: false };
  const none = { offVariant: null, prerequisites: [], rules: [], default: null, metadata: {} };
  return { key: 'cart', version: 7, type: 'boolean', state: 'on', variants, ...none, ...change };
}

function anEvaluation(change: Partial<Evaluated> = {}): Evaluated {
  const of = { flag: 'cart', variant: 'on', reason: 'SPLIT', version: 7 };
  return { id: 'x', record: 0, traceId: 't', set: undefined, at: now, ...of, ...change };
}

function countedOf(evaluations: readonly Evaluated[], roots: readonly Root[] = [], flag = aFlag({})) {
  const outcomes = roots.map((root) => ({ of: anEvaluation(), root }));
  const news = { exposures: evaluations, outcomes, repeated: 0, refused: [], undo: () => undefined };
  return rowsOf(news, new Map([['cart', prepareFlag(flag)]]), now);
}

const aRoot = (change: Partial<Root>): Root => ({ traceId: 't', ok: true, ms: 20, at: now, ...change });

it('counts evaluations where they happened and outcomes where their trace ended, those without a time now', () => {
  const evaluations = [anEvaluation({ at: now - 25_000 }), anEvaluation({ at: now - 21_000 }), anEvaluation({ at: 0 })];
  expect(countedOf(evaluations, [aRoot({ at: now + 9_999 }), aRoot({ at: now + 10_000, ok: false })])).toMatchObject([
    { t0: now - 30_000, exposures: 2, ok: 0, err: 0, hist: [], slow: [] },
    { t0: now, exposures: 1, ok: 1, err: 0, hist: [70, 1], slow: [500, 0] },
    { t0: now + 10_000, exposures: 0, ok: 0, err: 1, hist: [70, 1], slow: [500, 0] },
  ]);
});

it('takes an outcome for slow that ended well after more than half a second', () => {
  const roots = [{ ms: 500 }, { ms: 500.000_001 }, { ms: 9_000 }, { ms: 9_000, ok: false }, { ms: null }];
  expect(countedOf([], roots.map(aRoot))).toMatchObject([{ ok: 4, err: 1, slow: [500, 2], hist: [144, 2, 67, 2] }]);
});

it.each<[string, Partial<Evaluated>, Partial<Flag>, string | undefined]>([
  ['the one step of the flag', {}, { default: stagedSplit('step-1') }, 'step-1'],
  ['the step of a rule', {}, { rules: [{ id: 'r', when: { all: [] }, serve: stagedSplit('step-1') }] }, 'step-1'],
  ['no step that another reason led to', { reason: 'STATIC' }, { default: stagedSplit('step-1') }, undefined],
  ['no step of another version', { version: 6 }, { default: stagedSplit('step-1') }, undefined],
  [
    'no step where there are several',
    {},
    { default: stagedSplit('step-1'), rules: [{ id: 'r', when: { all: [] }, serve: stagedSplit('step-2') }] },
    undefined,
  ],
])('counts under %s', (_, evaluated, flag, stage) => {
  expect(countedOf([anEvaluation(evaluated)], [], aFlag(flag)).map((row) => row.stage)).toEqual([stage]);
});
