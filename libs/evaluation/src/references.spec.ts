import { expect, it } from 'vitest';
import { attributesIn, type Condition, conditionSize, flagReferences, segmentsIn, typeOf, variantsIn } from './index.js';

const condition: Condition = {
  all: [
    { attribute: 'plan', op: 'in', values: ['pro', 'team'] },
    { any: [{ segment: 'staff' }, { not: { segment: 'testers' } }, { segment: 'staff' }] },
    { attribute: '/a/b', op: 'exists', values: [] },
    { not: { attribute: 'plan', op: '=', values: [5] } },
  ],
};

it('measures a condition', () => {
  expect(conditionSize(condition)).toEqual({ conditions: 10, depth: 4, values: 3 });
  expect(conditionSize({ all: [] })).toEqual({ conditions: 1, depth: 1, values: 0 });
});

it('measures a condition of any depth', () => {
  let deep: Condition = { all: [] };
  for (let i = 0; i < 100_000; i++) deep = { not: deep };
  expect(conditionSize(deep)).toEqual({ conditions: 100_001, depth: 100_001, values: 0 });
});

it('lists the segments and attributes of a condition once each', () => {
  expect(segmentsIn(condition).sort()).toEqual(['staff', 'testers']);
  expect(attributesIn(condition).sort()).toEqual(['/a/b', 'plan']);
});

it('lists what a flag names', () => {
  const split = {
    by: 'targetingKey',
    hash: 'native',
    salt: 's',
    share: 1,
    rest: 'c',
    weights: [
      ['a', 1],
      ['b', 2],
    ],
  } as const;
  const rules = [{ id: 'r', when: condition, serve: { split } }];
  const references = flagReferences({
    rules,
    prerequisites: [{ flag: 'base', variants: ['on'] }],
    default: { variant: 'a' },
    offVariant: 'd',
  });
  expect({ ...references, segments: [...references.segments].sort() }).toEqual({
    segments: ['staff', 'testers'],
    flags: ['base'],
    variants: ['a', 'b', 'c', 'd'],
  });
  expect(variantsIn({ split: { ...split, rest: null } })).toEqual(['a', 'b']);
  expect(variantsIn(null)).toEqual([]);
});

it('names the type a value needs', () => {
  expect([true, 'x', 1, {}, []].map(typeOf)).toEqual(['boolean', 'string', 'number', 'object', 'object']);
  expect([null, undefined, Number.NaN, () => 1].map(typeOf)).toEqual([undefined, undefined, undefined, undefined]);
});
