import { type Flag, prepareFlag } from '@ballast/evaluation';
import { expect, it } from 'vitest';
import type { Evaluated } from './findings.js';
import { sortFindings } from './sorting.js';

const oldest = 1_800_000_000_000;
const flag: Flag = {
  key: 'cart',
  version: 7,
  type: 'boolean',
  state: 'on',
  variants: { on: true, off: false },
  offVariant: null,
  prerequisites: [],
  rules: [],
  default: null,
  metadata: {},
};
const known = { environment: 'shop/production', flags: new Map([['cart', prepareFlag(flag)]]), oldest };

function anEvaluation(change: Partial<Evaluated> = {}): Evaluated {
  const of = { flag: 'cart', variant: 'on', reason: 'SPLIT', version: 7 };
  return { id: 'x', record: 0, traceId: 't', set: undefined, at: oldest, ...of, ...change };
}

const sorted = (...evaluations: readonly Evaluated[]) => sortFindings({ evaluations, roots: [] }, known);

it.each<[string, Partial<Evaluated>]>([
  ['of its own environment', { set: 'shop/production' }],
  ['without a time', { at: 0 }],
  ['without a variant', { variant: undefined }],
])('counts an evaluation %s', (_, change) => {
  expect(sorted(anEvaluation(change))).toMatchObject({ evaluations: [change], refused: new Map(), unknown: new Map() });
});

it('passes over evaluations of another environment, and says nothing of them', () => {
  const nothing = { evaluations: [], refused: new Map(), unknown: new Map(), rejected: new Set() };
  expect(sorted(anEvaluation({ set: 'shop/test' }), anEvaluation({ set: 'shop/test', flag: 'nobody' }))).toMatchObject(nothing);
});

it('tells why it refuses evaluations, how many, and which spans they are in', () => {
  const found = sorted(
    anEvaluation({ at: oldest - 1, record: 1 }),
    anEvaluation({ flag: 'nobody', record: 2 }),
    anEvaluation({ flag: 'nobody', record: 2 }),
    anEvaluation({ variant: 'toString', record: 3 }),
    anEvaluation({ record: 4 }),
  );
  expect(found.evaluations.map(({ record }) => record)).toEqual([4]);
  expect([...found.refused]).toEqual([
    ['older than 48 hours', 1],
    ['of no flag of this environment', 2],
    ['of no variant of the flag', 1],
  ]);
  expect([[...found.unknown], [...found.rejected]]).toEqual([[['nobody', 2]], [1, 2, 3]]);
});

it('takes no end of a trace that is too long ago', () => {
  const roots = [oldest - 1, oldest].map((at) => ({ traceId: 't', ok: true, ms: 1, at }));
  expect(sortFindings({ evaluations: [], roots }, known).roots).toEqual(roots.slice(1));
});
