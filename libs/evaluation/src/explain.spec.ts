import { describe, expect, it } from 'vitest';
import { explain } from './explain.js';
import { type Flag, type FlagSet, position, prepareFlag, prepareSegment, type Segment } from './index.js';

const segments: Segment[] = [
  {
    key: 'testers',
    version: 1,
    when: { attribute: 'email', op: 'ends_with', values: ['@example.com'] },
    by: 'targetingKey',
    included: ['user-1'],
    excluded: ['user-2'],
  },
];

function aFlag(parts: Partial<Flag>): Flag {
  return {
    key: 'flag',
    version: 1,
    type: 'boolean',
    state: 'on',
    variants: { on: true, off: false },
    offVariant: 'off',
    prerequisites: [],
    rules: [],
    default: { variant: 'off' },
    metadata: {},
    ...parts,
  };
}

function aSet(...flags: readonly Flag[]): FlagSet {
  return {
    flags: new Map(flags.map((flag) => [flag.key, prepareFlag(flag)])),
    segments: new Map(segments.map((segment) => [segment.key, prepareSegment(segment)])),
  };
}

const split = {
  by: 'targetingKey',
  hash: 'native',
  salt: 's',
  share: 50_000,
  weights: [
    ['on', 1],
    ['off', 3],
  ],
  rest: 'off',
} as const;

describe('an explanation', () => {
  it('walks the rules down to the one that serves, condition by condition', () => {
    const flag = aFlag({
      rules: [
        { id: 'newer', when: { attribute: 'plan', op: 'in', values: ['pro'], ...{ negate: true } }, serve: { variant: 'on' } },
        {
          id: 'plan',
          when: { all: [{ attribute: 'plan', op: 'in', values: ['pro'] }, { not: { attribute: 'age', op: '>', values: [17] } }] },
          serve: { variant: 'on' },
        },
        { id: 'testers', when: { any: [{ segment: 'testers' }] }, serve: { variant: 'on' } },
        { id: 'never reached', when: { all: [] }, serve: { variant: 'off' } },
      ],
    });
    expect(explain(aSet(flag), 'flag', { targetingKey: 'user-9', email: 'a@example.com', plan: 'pro', age: 18 })).toEqual({
      state: 'on',
      resolution: { flag: 'flag', version: 1, metadata: {}, reason: 'TARGETING_MATCH', variant: 'on', value: true },
      prerequisites: [],
      rules: [
        { id: 'newer', outcome: 'skipped' },
        {
          id: 'plan',
          outcome: 'no match',
          when: {
            holds: false,
            all: [
              { holds: true, attribute: 'plan', op: 'in', value: 'pro' },
              { holds: false, not: { holds: true, attribute: 'age', op: '>', value: 18 } },
            ],
          },
        },
        {
          id: 'testers',
          outcome: 'match',
          when: {
            holds: true,
            any: [
              {
                holds: true,
                segment: 'testers',
                because: 'condition',
                when: { holds: true, attribute: 'email', op: 'ends_with', value: 'a@example.com' },
              },
            ],
          },
        },
      ],
    });
  });

  it.each([
    ['user-1', true, 'included'],
    ['user-2', false, 'excluded'],
    ['user-3', false, 'nothing'],
  ])('tells why %s is in a segment: %s, %s', (targetingKey, holds, because) => {
    const flag = aFlag({ rules: [{ id: 'r', when: { segment: 'testers' }, serve: { variant: 'on' } }] });
    const [rule] = explain(aSet(flag), 'flag', { targetingKey }).rules;
    expect(rule).toMatchObject({ when: { holds, because, when: { holds: false, attribute: 'email' } } });
  });

  it('shows where a split put the key', () => {
    const set = aSet(aFlag({ default: { split } }));
    for (const targetingKey of ['user-1', 'user-2', 'user-3', 'user-4', 'user-5']) {
      const at = position(`s:${targetingKey}`, 100_000);
      const bucket = { by: 'targetingKey', key: targetingKey, position: at, share: 50_000, isIn: at < 50_000, weightTotal: 4 };
      const variantPosition = position(`s:v:${targetingKey}`, 4);
      const { default: served, resolution } = explain(set, 'flag', { targetingKey });
      expect(served).toEqual({ bucket: bucket.isIn ? { ...bucket, variantPosition } : bucket });
      expect(resolution.variant).toBe(bucket.isIn && variantPosition < 1 ? 'on' : 'off');
    }
    expect(explain(set, 'flag', {})).toMatchObject({
      resolution: { errorCode: 'TARGETING_KEY_MISSING' },
      default: { bucket: { by: 'targetingKey', isIn: false } },
    });
  });

  it('shows what each prerequisite answered, up to the one that fails', () => {
    const needs = (flag: string) => ({ flag, variants: ['on'] });
    const base = aFlag({ key: 'base', default: { variant: 'on' } });
    const explanation = explain(aSet(aFlag({ prerequisites: [needs('base'), needs('nowhere'), needs('base')] }), base), 'flag', {});
    expect(explanation).toMatchObject({
      resolution: { reason: 'DISABLED', metadata: { prerequisite: 'nowhere' } },
      prerequisites: [
        { flag: 'base', variants: ['on'], isMet: true, resolution: { reason: 'STATIC', variant: 'on' } },
        { flag: 'nowhere', isMet: false, resolution: { errorCode: 'FLAG_NOT_FOUND' } },
      ],
      rules: [],
    });
    expect(explanation.prerequisites).toHaveLength(2);
  });

  it('of a flag that is killed, missing or of another type has no steps', () => {
    const set = aSet(aFlag({ state: 'killed', rules: [{ id: 'r', when: { all: [] }, serve: { variant: 'on' } }] }));
    expect(explain(set, 'flag', {})).toMatchObject({ state: 'killed', resolution: { reason: 'DISABLED' }, prerequisites: [], rules: [] });
    expect(explain(set, 'flag', {}, 'string')).toMatchObject({ resolution: { errorCode: 'TYPE_MISMATCH' }, rules: [] });
    expect(explain(set, 'nowhere', {})).toMatchObject({ resolution: { errorCode: 'FLAG_NOT_FOUND' }, rules: [] });
  });

  it('survives the way through JSON', () => {
    const set = aSet(aFlag({ default: { split } }));
    const explanation = explain(set, 'flag', { targetingKey: 'user-1' });
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});
