import { type Flag, prepareFlag } from '@ballast/evaluation';
import { expect, it } from 'vitest';
import { Stages } from './stages.js';

function aFlag(...stages: string[]) {
  const split = (stage: string) => ({
    by: 'targetingKey',
    hash: 'native' as const,
    salt: 's',
    share: 1_000,
    stage,
    weights: [],
    rest: null,
  });
  const [first, ...rest] = stages;
  const flag: Flag = {
    key: 'cart',
    version: 7,
    type: 'boolean',
    state: 'on',
    variants: { on: true },
    offVariant: null,
    prerequisites: [],
    rules: rest.map((stage, index) => ({ id: `r${index}`, when: { all: [] }, serve: { split: split(stage) } })),
    default: first === undefined ? { variant: 'on' } : { split: split(first) },
    metadata: {},
  };
  return prepareFlag(flag);
}

it('knows the steps of rules and of the default', () => {
  expect(new Stages().of('shop', aFlag('a', 'b', 'c'))).toEqual(new Set(['a', 'b', 'c']));
  expect(new Stages().of('shop', aFlag())).toEqual(new Set());
});

it('remembers the steps of before, in the same environment', () => {
  const stages = new Stages();
  stages.of('shop', aFlag('a'));
  expect(stages.of('shop', aFlag('b'))).toEqual(new Set(['a', 'b']));
  expect(stages.of('bank', aFlag('b'))).toEqual(new Set(['b']));
});

it('remembers only so many', () => {
  const stages = new Stages();
  for (let i = 0; i <= 100; i++) stages.of('shop', aFlag(`step-${i}`));
  const known = stages.of('shop', aFlag('now'));
  expect(known.size).toBe(64);
  expect(known).toContain('now');
  expect(known).toContain('step-100');
});
