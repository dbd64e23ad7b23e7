import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ImportItem, Translation } from '../model.js';
import { fromFlagd } from './file.js';

const onOff = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };

function translated(content: unknown): Translation {
  const result = fromFlagd(content);
  if (!result.ok) throw new Error(result.problem);
  return result.translation;
}

function only(flag: unknown, rest: object = {}): ImportItem {
  const { items, refused } = translated({ flags: { flag }, ...rest });
  const [item] = items;
  if (item === undefined) throw new Error(JSON.stringify(refused));
  return item;
}

function rulesOf(targeting: unknown, rest: object = {}): ImportItem['config']['rules'] {
  return only({ ...onOff, targeting }, rest).config.rules;
}

function reasonsFor(flag: unknown, rest: object = {}): readonly string[] {
  const { items, refused } = translated({ flags: { flag }, ...rest });
  expect(items).toEqual([]);
  return refused[0]?.reasons ?? [];
}

const plan = { var: 'plan' };

it('takes a plain flag with its variants, default, description and metadata', () => {
  const flag = { ...onOff, description: 'Shows the new cart', metadata: { team: 'cart', tier: 1 } };
  expect(only(flag, { metadata: { team: 'shop', flagSetId: 'shop/live' } })).toEqual({
    key: 'flag',
    type: 'boolean',
    variants: { on: true, off: false },
    config: { on: true, offVariant: null, rules: [], default: { variant: 'off' }, prerequisites: [] },
    description: 'Shows the new cart',
    metadata: { team: 'cart', tier: 1, flagSetId: 'shop/live' },
    notes: [],
  });
});

it('turns a disabled flag off and leaves it the code default', () => {
  const { config, notes } = only({ ...onOff, state: 'DISABLED' });
  expect(config).toMatchObject({ on: false, offVariant: null });
  expect(notes).toHaveLength(1);
});

it.each([{ defaultVariant: null }, {}])('takes a null or missing default variant as the code default: %j', (rest) => {
  expect(only({ state: 'ENABLED', variants: { a: 1 }, ...rest }).config.default).toBeNull();
});

it.each([
  ['boolean', { on: false }],
  ['string', { a: '' }],
  ['number', { a: 0, b: 1.5 }],
  ['object', { a: {}, b: { c: [null] } }],
])('knows a flag of type %s by its variants', (type, variants) => {
  expect(only({ state: 'ENABLED', variants })).toMatchObject({ type, variants });
});

it('takes flags given as a list with keys, and each key once', () => {
  const { items, refused } = translated({ flags: [{ key: 'a', ...onOff }, { key: 'a', ...onOff }, onOff] });
  expect(items.map(({ key }) => key)).toEqual(['a']);
  expect(refused.map(({ key }) => key)).toEqual(['a', '']);
});

it('treats names such as __proto__ as names like any other', () => {
  const content: unknown = JSON.parse(
    '{"flags":{"__proto__":{"state":"ENABLED","variants":{"__proto__":true,"constructor":false},"defaultVariant":"__proto__","targeting":{"if":[{"var":"constructor"},"constructor"]}}}}',
  );
  const [item] = translated(content).items;
  expect(item?.key).toBe('__proto__');
  expect(Object.entries(item?.variants ?? {})).toEqual([
    ['__proto__', true],
    ['constructor', false],
  ]);
  expect(item?.config.default).toEqual({ variant: '__proto__' });
  expect(reasonsFor({ ...onOff, defaultVariant: 'toString' })).toEqual([
    'has the default variant "toString", which is none of its variants',
  ]);
});

it('turns a chain of ifs into rules in the same order', () => {
  const targeting = { if: [{ '===': [plan, 'gold'] }, 'on', { in: [plan, ['silver', 'tin']] }, 'off', { starts_with: [plan, 'x'] }, 'on'] };
  expect(rulesOf(targeting)).toEqual([
    { id: 'flagd-1', when: { attribute: 'plan', op: 'in', values: ['gold'] }, serve: { variant: 'on' } },
    { id: 'flagd-2', when: { attribute: 'plan', op: 'in', values: ['silver', 'tin'] }, serve: { variant: 'off' } },
    { id: 'flagd-3', when: { attribute: 'plan', op: 'starts_with', values: ['x'] }, serve: { variant: 'on' } },
  ]);
});

it('keeps the else of an if apart from the default variant', () => {
  expect(rulesOf({ if: [{ ends_with: [plan, 'x'] }, 'on', 'off'] })[1]).toEqual({
    id: 'flagd-2',
    when: { all: [] },
    serve: { variant: 'off' },
  });
});

it('leaves contexts that an inner null sends to the default variant out of the rules that follow', () => {
  const targeting = { if: [{ starts_with: [plan, 'a'] }, null, { ends_with: [plan, 'z'] }, 'on'] };
  const [a, z] = [
    { attribute: 'plan', op: 'starts_with', values: ['a'] },
    { attribute: 'plan', op: 'ends_with', values: ['z'] },
  ];
  expect(rulesOf(targeting)).toEqual([{ id: 'flagd-1', when: { all: [{ not: a }, z] }, serve: { variant: 'on' } }]);
});

it.each([
  ['a dotted path', 'user.plan', '/user/plan'],
  ['a slash in a path', 'a/b.c~d', '/a~1b/c~0d'],
  ['a leading slash', '/a', '/~1a'],
  ['the targeting key', 'targetingKey', 'targetingKey'],
])('reads %s', (_, path, attribute) => {
  expect(rulesOf({ if: [{ '===': [{ var: path }, 'x'] }, 'on'] })[0]?.when).toMatchObject({ attribute });
});

it.each([
  [{ '==': [plan, 'a'] }, { attribute: 'plan', op: 'in', values: ['a'] }],
  [{ '==': ['7', plan] }, { attribute: 'plan', op: 'in', values: ['7', 7] }],
  [{ '==': [plan, 1] }, { attribute: 'plan', op: 'in', values: [1, '1', true] }],
  [{ '==': [plan, true] }, { attribute: 'plan', op: 'in', values: [true, 1, '1'] }],
  [{ '===': [plan, null] }, { not: { attribute: 'plan', op: 'exists', values: [] } }],
  [{ '!=': [plan, null] }, { attribute: 'plan', op: 'exists', values: [] }],
  [{ '!==': [plan, 'a'] }, { not: { attribute: 'plan', op: 'in', values: ['a'] } }],
  [{ '>': [plan, 3] }, { attribute: 'plan', op: '>', values: [3] }],
  [{ '>=': [3, plan] }, { any: [{ attribute: 'plan', op: '<=', values: [3] }, { not: { attribute: 'plan', op: 'exists', values: [] } }] }],
  [{ in: ['@corp.test', plan] }, { attribute: 'plan', op: 'contains', values: ['@corp.test'] }],
  [{ sem_ver: [plan, '>=', 'v1.2'] }, { attribute: 'plan', op: 'semver_>=', values: ['1.2'] }],
  [
    { sem_ver: [plan, '^', '2.3.4'] },
    {
      all: [
        { attribute: 'plan', op: 'semver_>=', values: ['2.0.0-0'] },
        { attribute: 'plan', op: 'semver_<', values: ['3.0.0-0'] },
      ],
    },
  ],
  [
    { sem_ver: [plan, '~', '2.3.4'] },
    {
      all: [
        { attribute: 'plan', op: 'semver_>=', values: ['2.3.0-0'] },
        { attribute: 'plan', op: 'semver_<', values: ['2.4.0-0'] },
      ],
    },
  ],
])('says %j', (logic, when) => {
  expect(rulesOf({ if: [logic, 'on'] })[0]?.when).toEqual(when);
});

it('serves the variants true and false for an expression that is a condition itself', () => {
  const flag = { state: 'ENABLED', variants: { true: 1, false: 0 }, defaultVariant: 'false', targeting: { '===': [plan, 'a'] } };
  expect(only(flag).config.rules.map(({ serve }) => serve)).toEqual([{ variant: 'true' }, { variant: 'false' }]);
});

it('puts evaluators in the place of their references, also inside each other', () => {
  const evaluators = { gold: { '===': [plan, 'gold'] }, paying: { or: [{ $ref: 'gold' }, { '===': [plan, 'silver'] }] } };
  expect(rulesOf({ if: [{ $ref: 'paying' }, 'on'] }, { $evaluators: evaluators })[0]?.when).toEqual({
    any: [
      { attribute: 'plan', op: 'in', values: ['gold'] },
      { attribute: 'plan', op: 'in', values: ['silver'] },
    ],
  });
});

const splitOf = (fractional: readonly unknown[]): unknown => rulesOf({ fractional })[0]?.serve;
const half = [
  ['on', 1],
  ['off', 1],
];

it('keeps the weights of fractions in their order, and what they are bucketed by', () => {
  const buckets = [['on', 25], ['off', -75], ['off'], ['on', 0], ['on', 7]];
  expect(splitOf([{ cat: [{ var: '$flagd.flagKey' }, '/', { var: 'user.email' }] }, ...buckets])).toEqual({
    split: {
      by: '/user/email',
      hash: 'flagd-fractional-v2',
      salt: 'flag/',
      percent: 100,
      weights: [
        { variant: 'on', weight: 25 },
        { variant: 'off', weight: 1 },
        { variant: 'on', weight: 7 },
      ],
      rest: null,
    },
  });
});

it.each([
  [[{ var: 'email' }, ...half], 'email', ''],
  [[{ cat: ['beta-', { var: 'email' }] }, ...half], 'email', 'beta-'],
  [half, 'targetingKey', 'flag'],
])('buckets %j by %s after %j', (fractional, by, salt) => {
  expect(splitOf(fractional)).toMatchObject({ split: { by, salt } });
});

it('reduces weights whose sum is too big to be divided exactly', () => {
  const split = splitOf([
    ['on', 3_000_000],
    ['off', 1_000_000],
  ]);
  expect(split).toMatchObject({ split: { weights: [{ weight: 3 }, { weight: 1 }] } });
});

it('serves the variant itself where the fractions leave no choice', () => {
  expect(splitOf([['on', 1], ['off', 0], ['on']])).toEqual({ variant: 'on' });
});

it('serves the default variant to contexts without a key to bucket by', () => {
  const [rule, ...others] = rulesOf({ fractional: half });
  expect(rule?.when).toEqual({ bucket: { by: 'targetingKey', hash: 'native', salt: '', share: 100_000 } });
  expect(others).toEqual([]);
});

it.each([
  ['a variant that is null', { ...onOff, variants: { on: true, off: null } }, 'value is null'],
  ['variants of two types', { ...onOff, variants: { on: true, off: 0 } }, 'more than one type'],
  ['no variants', { ...onOff, variants: {}, defaultVariant: null }, 'no variants'],
  ['an unknown state', { ...onOff, state: 'enabled' }, 'the state "enabled"'],
  ['targeting that is not an object', { ...onOff, targeting: ['if'] }, 'not an object'],
  ['metadata that is no scalar', { ...onOff, metadata: { a: [] } }, 'metadata "a"'],
  ['a flag that is not an object', 7, 'not an object'],
])('refuses %s', (_, flag, reason) => {
  expect(reasonsFor(flag).join()).toContain(reason);
});

it.each([
  [{ if: [{ '===': [plan, 'a'] }, 'purple'] }, 'serves "purple"'],
  [{ if: [{ '===': [plan, { var: 'other' }] }, 'on'] }, 'two attributes'],
  [{ if: [{ '<': [plan, '10'] }, 'on'] }, 'not a number'],
  [{ if: [{ '>': [{ var: '$flagd.timestamp' }, 5] }, 'on'] }, 'no clock'],
  [{ if: [{ '===': [{ var: ['plan', 'x'] }, 'x'] }, 'on'] }, 'default of its own'],
  [{ if: [{ in: [plan, 'gold silver'] }, 'on'] }, 'only an attribute in a list'],
  [{ if: [{ some: [plan, true] }, 'on'] }, 'uses "some"'],
  [{ if: [{ sem_ver: [plan, '>=', 'newest'] }, 'on'] }, 'sem_ver needs'],
  [{ if: [{ $ref: 'nobody' }, 'on'] }, 'the evaluator "nobody"'],
  [{ var: 'plan' }, 'only a variant can be served'],
  [{ '===': [plan, 'a'] }, 'serves "true"'],
  [{ fractional: ['always', ['on', 1]] }, 'only one attribute'],
  [{ fractional: [{ cat: [{ var: 'email' }, '-x'] }, ['on', 1]] }, 'only one attribute'],
  [{ fractional: [{ cat: [{ var: 'email' }, { var: 'plan' }] }, ['on', 1]] }, 'only one attribute'],
  [{ fractional: [['on', 0.5]] }, 'whole weight'],
  [
    {
      fractional: [
        ['on', 2_000_001],
        ['off', 1_000_000],
      ],
    },
    'more than 2097152',
  ],
  [
    {
      fractional: [
        ['on', 2_147_483_647],
        ['off', 1],
      ],
    },
    'more than 2147483647',
  ],
  [{ merge: [['on']] }, 'only a variant can be served'],
  [{ if: [true, 'on'], and: [] }, 'only a variant can be served'],
])('refuses what cannot be said exactly: %j', (targeting, reason) => {
  expect(reasonsFor({ ...onOff, targeting }).join()).toContain(reason);
});

it('gives every reason of a flag at once', () => {
  expect(reasonsFor({ state: 'ON', variants: { a: null }, defaultVariant: 'b' })).toHaveLength(4);
});

it.each([
  ['evaluators that refer to themselves', { loop: { '!': { $ref: 'loop' } } }],
  [
    'evaluators that grow without end',
    { loop: { or: Array(40).fill({ $ref: 'b' }) }, b: { or: Array(40).fill({ $ref: 'c' }) }, c: { or: Array(40).fill({ '!': plan }) } },
  ],
])('refuses %s', ($, evaluators) => {
  expect(reasonsFor({ ...onOff, targeting: { if: [{ $ref: 'loop' }, 'on'] } }, { $evaluators: evaluators }).join(), $).toContain(
    'too large, too deep',
  );
});

it('refuses targeting that would grow into more conditions than rules can hold', () => {
  let logic: unknown = { '===': [plan, 'a'] };
  for (let i = 0; i < 20; i++) logic = { if: [logic, { '===': [plan, `b${i}`] }, { '===': [plan, 'c'] }] };
  expect(reasonsFor({ ...onOff, targeting: { if: [logic, 'on'] } }).join()).toContain('more than 20000 conditions');
});

it.each([null, [], 'x', {}, { flags: 1 }, { flags: {}, $evaluators: [] }, { flags: {}, metadata: 1 }])(
  'refuses as a whole what is no flagd file: %j',
  (content) => {
    expect(fromFlagd(content)).toMatchObject({ ok: false });
  },
);

it("takes all flags of the OpenTelemetry demo's file", (context) => {
  const file = new URL('../../../../../shared/data/otel-demo.flagd.json', import.meta.url);
  if (!existsSync(file)) context.skip('the file of the OpenTelemetry demo does not lie beside the checkout');
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const { items, refused } = translated(content);
  expect(refused).toEqual([]);
  expect(items).toHaveLength(15);
});
