import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.js';
import {
  type Condition,
  evaluate,
  type Flag,
  type FlagSet,
  type Json,
  prepareFlag,
  prepareSegment,
  type Segment,
  type Split,
} from './index.js';

function aFlag(parts: Partial<Flag> = {}): Flag {
  return {
    key: 'flag',
    version: 3,
    type: 'string',
    state: 'on',
    variants: { a: 'a', b: 'b', rest: 'rest' },
    offVariant: 'rest',
    prerequisites: [],
    rules: [],
    default: { variant: 'rest' },
    metadata: {},
    ...parts,
  };
}

function aSplit(parts: Partial<Split> = {}): Split {
  return {
    by: 'targetingKey',
    hash: 'native',
    salt: 'salt',
    share: 50_000,
    weights: [
      ['a', 1],
      ['b', 1],
    ],
    rest: 'rest',
    ...parts,
  };
}

function aSet(flags: readonly Flag[], segments: readonly Segment[] = []): FlagSet {
  return {
    flags: new Map(flags.map((flag) => [flag.key, prepareFlag(flag)])),
    segments: new Map(segments.map((segment) => [segment.key, prepareSegment(segment)])),
  };
}

function keys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `user-${i}`);
}

function variantsOf(split: Split, targetingKeys: readonly string[]): (string | undefined)[] {
  const set = aSet([aFlag({ default: { split } })]);
  return targetingKeys.map((targetingKey) => evaluate(set, 'flag', { targetingKey }).variant);
}

describe('a split', () => {
  it('keeps everyone who was in, with the same variant, when its share grows', () => {
    const shares = fc.tuple(fc.nat(100_000), fc.nat(100_000));
    fc.assert(
      fc.property(shares, fc.string(), (pair, salt) => {
        const [small, large] = [...pair].sort((a, b) => a - b);
        const before = variantsOf(aSplit({ salt, share: small ?? 0 }), keys(300));
        const after = variantsOf(aSplit({ salt, share: large ?? 0 }), keys(300));
        for (const [i, variant] of before.entries()) if (variant !== 'rest') expect(after[i]).toBe(variant);
      }),
    );
  });

  it('gives each its share', () => {
    const variants = variantsOf(
      aSplit({
        share: 40_000,
        weights: [
          ['a', 3],
          ['b', 1],
        ],
      }),
      keys(100_000),
    );
    const count = (name: string) => variants.filter((variant) => variant === name).length;
    expect(count('a') / 100_000).toBeCloseTo(0.3, 2);
    expect(count('b') / 100_000).toBeCloseTo(0.1, 2);
    expect(count('rest') / 100_000).toBeCloseTo(0.6, 2);
  });

  it('is independent of the split of another salt', () => {
    const first = variantsOf(aSplit({ salt: 'first', share: 10_000 }), keys(100_000));
    const second = variantsOf(aSplit({ salt: 'second', share: 10_000 }), keys(100_000));
    const both = first.filter((variant, i) => variant !== 'rest' && second[i] !== 'rest').length;
    expect(both / 100_000).toBeCloseTo(0.01, 2);
    expect(both).toBeGreaterThan(800);
    expect(both).toBeLessThan(1200);
  });

  it('chooses variants independently of the share', () => {
    const variants = variantsOf(aSplit({ share: 10_000 }), keys(100_000));
    const a = variants.filter((variant) => variant === 'a').length;
    const b = variants.filter((variant) => variant === 'b').length;
    expect(a / (a + b)).toBeCloseTo(0.5, 1);
  });
});

const attribute = fc.constantFrom('plan', 'age', '/a/b', '/a~2', 'targetingKey', '__proto__', 'toString');
const operator = fc.constantFrom('in', 'starts_with', 'matches', '=', '<', 'before', 'semver_>', 'in_cidr', 'exists', 'resembles');
const operand = fc.oneof(
  fc.constantFrom('pro', '1.2.3', '10.0.0.0/8', '(', '2026-01-01T00:00:00Z', '::/0'),
  fc.string(),
  fc.double(),
  fc.boolean(),
);
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.record({ attribute, op: operator, values: fc.array(operand, { maxLength: 4 }) }),
    fc.record({ segment: fc.constantFrom('s1', 's2', 's3', 'missing') }),
    fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
    fc.json().map((text) => JSON.parse(text)),
  ) as fc.Arbitrary<Condition>,
}));
const variantName = fc.constantFrom('a', 'b', 'rest', 'gone');
const split = fc.record({
  by: attribute,
  hash: fc.constantFrom('native', 'other') as fc.Arbitrary<'native'>,
  salt: fc.string(),
  share: fc.integer({ min: -1, max: 100_001 }),
  weights: fc.array(fc.tuple(variantName, fc.nat(3)), { maxLength: 4 }),
  rest: fc.option(variantName),
});
const serve = fc.oneof(fc.record({ variant: variantName }), fc.record({ split }));
const flagKey = fc.constantFrom('f1', 'f2', 'f3', 'nowhere');
const anyFlag = fc.record({
  state: fc.constantFrom<Flag['state']>('on', 'on', 'on', 'off', 'killed'),
  offVariant: fc.option(variantName),
  prerequisites: fc.array(fc.record({ flag: flagKey, variants: fc.array(variantName, { maxLength: 3 }) }), { maxLength: 1 }),
  rules: fc.array(fc.record({ id: fc.string(), when: condition, serve }), { maxLength: 3 }),
  default: fc.option(serve),
});
const anySegment = fc.record({
  when: fc.option(condition),
  by: attribute,
  included: fc.array(fc.string()),
  excluded: fc.array(fc.string()),
});
const anySet = fc.record({
  flags: fc.array(anyFlag, { minLength: 3, maxLength: 3 }),
  segments: fc.array(anySegment, { minLength: 3, maxLength: 3 }),
});
const json = fc.json().map((text): Json => JSON.parse(text));
const anyContext = fc.oneof(
  fc.dictionary(fc.oneof(attribute, fc.string()), fc.oneof(operand, json)),
  fc.record({ targetingKey: fc.string(), plan: operand, age: operand, a: fc.record({ b: operand }) }, { requiredKeys: [] }),
);

describe('whatever the flags and the context', () => {
  function setFrom({
    flags,
    segments,
  }: {
    flags: readonly Partial<Flag>[];
    segments: readonly Omit<Segment, 'key' | 'version'>[];
  }): FlagSet {
    return aSet(
      flags.map((parts, i) => aFlag({ ...parts, key: `f${i + 1}` })),
      segments.map((parts, i) => ({ ...parts, key: `s${i + 1}`, version: 1 })),
    );
  }

  it('answers, the same twice, and serves a value exactly with its variant', () => {
    fc.assert(
      fc.property(anySet, anyContext, flagKey, (parts, context, key) => {
        const set = setFrom(parts);
        const resolution = evaluate(set, key, context);
        expect(evaluate(setFrom(parts), key, context)).toEqual(resolution);
        expect(resolution.errorCode === undefined).toBe(resolution.reason !== 'ERROR');
        const { variant } = resolution;
        expect(resolution.value).toBe(variant === undefined ? undefined : set.flags.get(key)?.source.variants[variant]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('explains what it answers', () => {
    fc.assert(
      fc.property(anySet, anyContext, flagKey, (parts, context, key) => {
        const set = setFrom(parts);
        expect(explain(set, key, context).resolution).toEqual(evaluate(set, key, context));
      }),
      { numRuns: 1_000 },
    );
  });

  it('answers to any JSON in the place of a context', () => {
    fc.assert(
      fc.property(anySet, json, flagKey, (parts, context, key) => {
        expect(evaluate(setFrom(parts), key, context as never)).toBeDefined();
      }),
    );
  });
});

describe('a hostile context', () => {
  const set = aSet([aFlag({ rules: [{ id: 'r', when: { attribute: 'plan', op: 'in', values: ['pro'] }, serve: { variant: 'a' } }] })]);

  it('that throws when read is INVALID_CONTEXT', () => {
    const getter = Object.defineProperty({}, 'plan', {
      get() {
        throw new Error('no');
      },
    });
    const proxy = new Proxy(
      {},
      {
        getOwnPropertyDescriptor() {
          throw new Error('no');
        },
      },
    );
    for (const context of [getter, proxy]) {
      expect(evaluate(set, 'flag', context)).toMatchObject({ reason: 'ERROR', errorCode: 'INVALID_CONTEXT' });
      expect(explain(set, 'flag', context)).toMatchObject({ resolution: { errorCode: 'INVALID_CONTEXT' }, rules: [] });
    }
  });

  it('has only own members', () => {
    expect(evaluate(set, 'flag', Object.create({ plan: 'pro' }))).toMatchObject({ reason: 'DEFAULT' });
  });

  it('with a number that is not finite has nothing to compare or split by', () => {
    const numbers = aSet([
      aFlag({ key: 'more', rules: [{ id: 'r', when: { attribute: 'n', op: '>', values: [1] }, serve: { variant: 'a' } }] }),
      aFlag({ key: 'split', default: { split: aSplit({ by: 'n' }) } }),
    ]);
    for (const n of [Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(evaluate(numbers, 'more', { n })).toMatchObject({ variant: 'rest' });
      expect(evaluate(numbers, 'split', { n })).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
    }
  });
});

describe('a condition', () => {
  function matches(op: 'in' | 'semver_<', values: readonly (string | number)[], value: unknown, ignoreCase?: true): boolean {
    const when: Condition = { attribute: 'a', op, values, ...(ignoreCase && { ignoreCase }) };
    return evaluate(aSet([aFlag({ rules: [{ id: 'r', when, serve: { variant: 'a' } }] })]), 'flag', { a: value }).variant === 'a';
  }

  it.each([3, 16, 17, 500])('finds exactly the members of a list of %i', (length) => {
    const list = [...keys(length - 1), 7];
    expect([list[0], list[length - 2], 7].map((value) => matches('in', list, value))).toEqual([true, true, true]);
    expect(['user-500', 'USER-0', '7', true, null].map((value) => matches('in', list, value))).toEqual(Array(5).fill(false));
    expect(['USER-0', 7, '7'].map((value) => matches('in', list, value, true))).toEqual([true, true, false]);
    expect([['x', 'user-0'], ['x', 'y'], []].map((value) => matches('in', list, value))).toEqual([true, false, false]);
  });

  it('reads versions right, however many there were before', () => {
    for (let i = 0; i < 2_500; i++) expect(matches('semver_<', ['1.1250.0'], `1.${i}.0`)).toBe(i < 1250);
    expect(matches('semver_<', ['1.1250.0'], '1.3.0')).toBe(true);
    expect([matches('semver_<', ['1.1250.0'], 'no version'), matches('semver_<', ['1.1250.0'], 'no version')]).toEqual([false, false]);
  });
});
