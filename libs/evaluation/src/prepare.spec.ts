import { describe, expect, it } from 'vitest';
import { evaluate, type Flag, type FlagSet, prepareFlag, prepareSegment, type Segment } from './index.js';

const flag: Flag = {
  key: 'flag',
  version: 3,
  type: 'object',
  state: 'on',
  variants: { a: { deep: [1] }, b: { deep: [2] } },
  offVariant: 'b',
  prerequisites: [],
  rules: [
    { id: 'first', when: { attribute: 'plan', op: 'in', values: ['pro'] }, serve: { variant: 'a' } },
    { id: 'second', when: { attribute: 'plan', op: 'in', values: ['team'] }, serve: { variant: 'a' } },
  ],
  default: { variant: 'a' },
  metadata: { owner: 'search' },
};

function setOf(...flags: readonly Flag[]): FlagSet {
  return { flags: new Map(flags.map((one) => [one.key, prepareFlag(one)])), segments: new Map() };
}

/** Data as it may arrive from a newer or broken server. */
function fromJson<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value));
}

describe('a prepared flag', () => {
  it('answers with one object per variant and reason', () => {
    const set = setOf(flag);
    const first = evaluate(set, 'flag', { plan: 'pro' });
    expect(evaluate(set, 'flag', { plan: 'team' })).toBe(first);
    expect(evaluate(set, 'flag', { plan: 'free' })).not.toBe(first);
    expect(evaluate(set, 'flag', { plan: 'free' })).toBe(evaluate(set, 'flag', {}));
  });

  it('tells the stages of one variant apart', () => {
    const splitAt = (stage: string) => ({
      split: { by: 'targetingKey', hash: 'native', salt: 's', stage, share: 100_000, weights: [['a', 1]], rest: null } as const,
    });
    const [rule] = flag.rules;
    const staged = { ...flag, rules: rule ? [{ ...rule, serve: splitAt('1') }] : [], default: splitAt('2') };
    const set = setOf(staged);
    expect(evaluate(set, 'flag', { targetingKey: 'u', plan: 'pro' })).toMatchObject({ variant: 'a', reason: 'SPLIT', stage: '1' });
    expect(evaluate(set, 'flag', { targetingKey: 'u' })).toMatchObject({ variant: 'a', reason: 'SPLIT', stage: '2' });
  });

  it('serves frozen values, so that no caller changes what others get', () => {
    const { value, metadata } = evaluate(setOf(fromJson(flag)), 'flag', {});
    expect(value).toEqual({ deep: [1] });
    expect(() => Object.assign(Object(value), { deep: [9] })).toThrow(TypeError);
    expect(() => Object(value).deep.push(9)).toThrow(TypeError);
    expect(() => Object.assign(metadata, { owner: 'x' })).toThrow(TypeError);
  });

  it('keeps what it was made from', () => {
    expect(prepareFlag(flag).source).toBe(flag);
  });

  it.each([
    ['no rules', { ...flag, rules: undefined }],
    ['rules that are a text', { ...flag, rules: 'all' }],
    ['no variants', { ...flag, variants: undefined }],
    ['prerequisites without variants', { ...flag, prerequisites: [{ flag: 'x', variants: 5 }] }],
    ['a rule that is null', { ...flag, rules: [null] }],
  ])('with %s resolves to PARSE_ERROR instead of throwing', (_, broken) => {
    const set = setOf(fromJson(broken));
    expect(evaluate(set, 'flag', {})).toMatchObject({ flag: 'flag', version: 3, reason: 'ERROR', errorCode: 'PARSE_ERROR' });
  });

  it('resolves to PARSE_ERROR when a value nests too deep to freeze', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(evaluate(setOf({ ...flag, variants: { a: deep, b: deep } }), 'flag', {})).toMatchObject({ errorCode: 'PARSE_ERROR' });
  });
});

describe('a prepared segment', () => {
  const segment: Segment = { key: 's', version: 1, when: null, by: 'targetingKey', included: ['u'], excluded: [] };

  it.each([
    ['no lists', { ...segment, included: undefined }],
    ['a list that is a text', { ...segment, excluded: 'u' }],
    ['no attribute', { ...segment, by: undefined }],
  ])('with %s disables the rules that use it instead of throwing', (_, broken) => {
    const rule = { id: 'r', when: { not: { segment: 's' } }, serve: { variant: 'a' } };
    const flags = new Map([['flag', prepareFlag({ ...flag, rules: [rule], default: { variant: 'b' } })]]);
    const evaluated = (one: Segment) =>
      evaluate({ flags, segments: new Map([['s', prepareSegment(one)]]) }, 'flag', { targetingKey: 'other' });
    expect(evaluated(segment)).toMatchObject({ variant: 'a' });
    expect(evaluated(fromJson(broken))).toMatchObject({ variant: 'b' });
  });
});

it('takes a targeting key only from the context itself, whatever it or all objects inherit', () => {
  const set = setOf({
    ...flag,
    rules: [],
    default: { split: { by: 'targetingKey', hash: 'native', salt: 's', share: 100_000, weights: [['a', 1]], rest: null } },
  });
  const missing = { errorCode: 'TARGETING_KEY_MISSING' };
  expect(evaluate(set, 'flag', { targetingKey: 'u' })).toMatchObject({ variant: 'a' });
  expect(evaluate(set, 'flag', Object.assign(Object.create(null), { targetingKey: 'u' }))).toMatchObject({ variant: 'a' });
  expect(evaluate(set, 'flag', Object.create({ targetingKey: 'u' }))).toMatchObject(missing);
  Object.assign(Object.prototype, { targetingKey: 'u' });
  try {
    expect(evaluate(set, 'flag', {})).toMatchObject(missing);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'targetingKey');
  }
});
