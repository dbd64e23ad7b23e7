import { expect, it } from 'vitest';
import type { ImportItem, Translation } from '../model.js';
import { fromUnleash, type UnleashOptions } from './file.js';

function translated(file: unknown, options?: UnleashOptions): Translation {
  const result = fromUnleash(file, options);
  if (!result.ok) throw new Error(result.problem);
  return result.translation;
}

function itemOf(feature: object, segments: readonly object[] = []): ImportItem {
  const { items, refused } = translated({ version: 2, features: [{ name: 'f', enabled: true, strategies: [], ...feature }], segments });
  expect(refused).toEqual([]);
  const [item] = items;
  if (item === undefined) throw new Error('nothing was taken');
  return item;
}

function reasonsFor(feature: object): string {
  const { refused } = translated({ version: 2, features: [{ name: 'f', enabled: true, strategies: [], ...feature }] });
  return refused.flatMap(({ reasons }) => reasons).join();
}

const flexible = (rollout: string, more: object = {}) => ({
  name: 'flexibleRollout',
  parameters: { rollout, stickiness: 'default', groupId: 'g', ...more },
});
const blueRed = [
  { name: 'blue', weight: 900 },
  { name: 'red', weight: 100 },
];
const hasKey = (by: string) => ({ bucket: { by, hash: 'native', salt: '', share: 100_000 } });

it('makes a boolean flag of a feature without variants', () => {
  expect(itemOf({ description: 'd', type: 'operational', enabled: false, strategies: [{ name: 'default' }] })).toEqual({
    key: 'f',
    type: 'boolean',
    kind: 'operational',
    variants: { on: true, off: false },
    config: { on: false, offVariant: 'off', rules: [], default: { variant: 'on' }, prerequisites: [] },
    description: 'd',
    metadata: {},
    notes: [],
  });
});

it('makes the last rollout a split for each attribute that may decide', () => {
  const { rules, default: otherwise } = itemOf({ strategies: [flexible('25')] }).config;
  const split = { hash: 'unleash-murmur3', salt: 'g', percent: 25, weights: [{ variant: 'on', weight: 1 }], rest: 'off' };
  expect(rules).toEqual([
    { id: 'strategy-1', when: hasKey('targetingKey'), serve: { split: { by: 'targetingKey', ...split } } },
    { id: 'strategy-1-2', when: hasKey('sessionId'), serve: { split: { by: 'sessionId', ...split } } },
  ]);
  expect(otherwise).toEqual({ variant: 'off' });
});

it('makes a rollout before other strategies a condition, so that who is out is asked further', () => {
  const { rules } = itemOf({ strategies: [{ ...flexible('25', { stickiness: 'userId' }), title: 'A quarter' }, flexible('50')] }).config;
  const bucket = { by: 'targetingKey', hash: 'unleash-murmur3', salt: 'g', share: 25_000 };
  expect(rules[0]).toEqual({ id: 'strategy-1', description: 'A quarter', when: { bucket }, serve: { variant: 'on' } });
  expect(rules).toHaveLength(3);
});

it('asks no strategy that never holds, and none after one that always does', () => {
  const { rules, default: otherwise } = itemOf({ strategies: [flexible('0'), { name: 'default' }, flexible('50')] }).config;
  expect([rules, otherwise]).toEqual([[], { variant: 'on' }]);
});

it('makes an object flag of a feature with variants: who is on, by which variant, with which payload', () => {
  const payload = { type: 'json', value: '{"a":1}' };
  const item = itemOf({ variants: [{ name: 'blue', weight: 900, payload }, blueRed[1]] });
  expect(item.type).toBe('object');
  expect(item.variants).toEqual({
    on: { enabled: true },
    off: { enabled: false },
    blue: { enabled: true, variant: 'blue', payload, value: { a: 1 } },
    red: { enabled: true, variant: 'red' },
  });
  const weights = [
    { variant: 'blue', weight: 900 },
    { variant: 'red', weight: 100 },
  ];
  expect(item.config.rules.map(({ serve }) => serve)).toEqual(
    ['targetingKey', 'sessionId', 'remoteAddress'].map((by) => ({
      split: { by, hash: 'unleash-murmur3', salt: 'f', percent: 100, weights, rest: null },
    })),
  );
  expect(item.config.default).toEqual({ variant: 'blue' });
});

it('makes rollout and variants one split where both are by the same group', () => {
  const { rules } = itemOf({ name: 'g', strategies: [flexible('20')], variants: blueRed }).config;
  expect(rules[0]?.serve).toMatchObject({ split: { salt: 'g', percent: 20, weights: [{ weight: 900 }, { weight: 100 }], rest: 'off' } });
});

it('keeps variants apart that have one name and two contents', () => {
  const strategies = [1, 2].map((n) => ({
    ...flexible('50'),
    variants: [{ name: 'on', weight: 1, payload: { type: 'string', value: `${n}` } }],
  }));
  const item = itemOf({ strategies });
  expect(Object.keys(item.variants)).toEqual(['on', 'off', 'on#2', 'on#3']);
  expect(item.variants['on#3']).toMatchObject({ variant: 'on', value: '2' });
});

it('says what of a payload is no number or JSON', () => {
  const payload = { type: 'number', value: 'seven' };
  const item = itemOf({ variants: [{ name: 'blue', weight: 1, payload }] });
  expect(item.variants.blue).toMatchObject({ payload, value: 'seven' });
  expect(item.notes.join()).toContain('is no number');
});

it('puts the constraints of segments in place, and knows a segment that is not there', () => {
  const constraints = [{ contextName: 'country', operator: 'IN', values: [' no ', '', '47'] }];
  const segments = [{ id: 1, constraints }];
  const condition = { attribute: 'country', op: 'in', values: ['no', '47', 47] };
  expect(itemOf({ strategies: [{ name: 'default', segments: [1] }] }, segments).config.rules[0]?.when).toEqual(condition);
  const missing = itemOf({ strategies: [{ name: 'default', segments: [1, 2] }] }, segments);
  expect([missing.config.rules, missing.config.default]).toEqual([[], { variant: 'off' }]);
  expect(missing.notes.join()).toContain('not in the file');
});

it('holds no comparison with the time where nobody sends one, also when it is turned round', () => {
  const date = { contextName: 'currentTime', operator: 'DATE_AFTER', value: '2026-01-01T00:00:00+01:00' };
  const after = { attribute: 'currentTime', op: 'after', values: ['2025-12-31T23:00:00.000Z'] };
  const whenOf = (constraint: object) => itemOf({ strategies: [{ name: 'default', constraints: [constraint] }] }).config.rules[0]?.when;
  expect(whenOf(date)).toEqual(after);
  expect(whenOf({ ...date, inverted: true })).toEqual({ all: [{ attribute: 'currentTime', op: 'exists', values: [] }, { not: after }] });
});

it('reads the hash group as Unleash does where the file has none', () => {
  const none = { name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId' } };
  expect(itemOf({ strategies: [none] }).config.rules[0]?.serve).toMatchObject({ split: { salt: 'f' } });
  const old = { name: 'gradualRolloutUserId', parameters: { percentage: '50' } };
  expect(itemOf({ strategies: [old] }).config.rules[0]?.serve).toMatchObject({ split: { salt: '' } });
  const variants = itemOf({ strategies: [{ name: 'default', variants: blueRed }] });
  expect(variants.config.rules[0]?.serve).toMatchObject({ split: { salt: 'undefined' } });
});

it('makes parents prerequisites, and says why a feature can never be on', () => {
  const parent = { name: 'parent', enabled: true, strategies: [], variants: blueRed };
  const child = (name: string, ...dependencies: object[]) => ({ name, enabled: true, strategies: [], dependencies });
  const { items } = translated({
    version: 2,
    features: [
      parent,
      child('any', { feature: 'parent' }),
      child('none', { feature: 'parent', enabled: false }),
      child('blue', { feature: 'parent' }, { feature: 'parent', variants: ['blue', 'green'] }),
      child('grandchild', { feature: 'any' }),
      child('orphan', { feature: 'nobody' }),
    ],
  });
  const asked = new Map(items.map(({ key, config, notes }) => [key, [config.prerequisites, notes.join()]]));
  expect(asked.get('any')?.[0]).toEqual([{ flag: 'parent', variants: ['on', 'blue', 'red'] }]);
  expect(asked.get('none')?.[0]).toEqual([{ flag: 'parent', variants: ['off'] }]);
  expect(asked.get('blue')?.[0]).toEqual([{ flag: 'parent', variants: ['blue'] }]);
  expect(asked.get('grandchild')).toEqual([[], expect.stringContaining('has parents of its own')]);
  expect(asked.get('orphan')).toEqual([[], expect.stringContaining('is not there')]);
});

it.each([
  ['chance', { strategies: [{ name: 'gradualRolloutRandom', parameters: { percentage: '50' } }] }, 'chance'],
  ['random stickiness', { strategies: [flexible('50', { stickiness: 'random' })] }, 'chance'],
  ['random variants', { variants: blueRed.map((variant) => ({ ...variant, stickiness: 'random' })) }, 'chance'],
  ['a host name', { strategies: [{ name: 'applicationHostname', parameters: { hostNames: 'web-1' } }] }, 'host'],
  ['a custom strategy', { strategies: [{ name: 'ourOwn' }] }, 'only its own programs know'],
  ['no strategies', { strategies: null }, 'no list of strategies'],
  ['a weight that is no whole number', { variants: [{ name: 'blue', weight: 0.5 }] }, 'whole weight'],
  ['weights beyond the engine', { variants: [{ name: 'blue', weight: 3_000_000 }] }, 'more than 2097152'],
  ['a payload without text', { variants: [{ name: 'blue', weight: 1, payload: { type: 'json' } }] }, 'no type and text'],
  [
    'a date without zone',
    { strategies: [{ name: 'default', constraints: [{ contextName: 'currentTime', operator: 'DATE_AFTER', value: '2026-01-01T00:00' }] }] },
    'time zone',
  ],
  [
    'a pattern that has no like here',
    { strategies: [{ name: 'default', constraints: [{ contextName: 'a', operator: 'REGEX', value: '\\Qa\\E' }] }] },
    'nothing here means the same',
  ],
])('refuses %s', (_, feature, reason) => {
  expect(reasonsFor(feature)).toContain(reason);
});

it('refuses a feature whose parent is refused, and names without sense', () => {
  const chance = { name: 'p', enabled: true, strategies: [{ name: 'applicationHostname', parameters: { hostNames: 'a' } }] };
  const child = { name: 'c', enabled: true, strategies: [], dependencies: [{ feature: 'p' }] };
  const { items, refused } = translated({ version: 2, features: [chance, child, { name: '' }, 7, child] });
  expect(items).toEqual([]);
  expect(new Map(refused.map(({ key, reasons }) => [key, reasons.join()])).get('c')).toContain('"p", which is refused');
  expect(refused.flatMap(({ reasons }) => reasons).sort()).toEqual(expect.arrayContaining(['has no name', 'has no name']));
});

it('notes what Unleash has and flags here have not', () => {
  const { notes } = itemOf({ stale: true, impressionData: true, strategies: [flexible('50')], variants: blueRed });
  for (const word of ['stale', 'impression data', 'out of its rollouts', 'get "blue" here']) expect(notes.join()).toContain(word);
});

const exported = {
  features: [{ name: 'f', type: 'release', description: 'd' }],
  featureStrategies: [
    { featureName: 'f', ...flexible('50', { stickiness: 'userId' }), segments: [3] },
    { featureName: 'f', name: 'default', disabled: true },
    { featureName: 'other', name: 'default' },
  ],
  featureEnvironments: [{ featureName: 'f', environment: 'production', enabled: true, variants: blueRed }],
  featureTags: [{ featureName: 'f', tagType: 'simple', tagValue: 'x' }],
  segments: [{ id: 3, name: 'beta', constraints: [{ contextName: 'beta', operator: 'IN', values: ['true'] }] }],
  dependencies: [{ feature: 'f', dependencies: [{ feature: 'nobody' }] }],
};

it('puts an export together, without the strategies that are disabled', () => {
  const { items } = translated({ ...exported, dependencies: [] });
  expect(items[0]).toMatchObject({ key: 'f', type: 'object', description: 'd', config: { on: true } });
  expect(items[0]?.config.rules[0]?.when).toEqual({
    all: [
      { attribute: 'beta', op: 'in', values: ['true', true] },
      { bucket: { by: 'targetingKey', hash: 'unleash-murmur3', salt: 'g', share: 50_000 } },
      hasKey('targetingKey'),
    ],
  });
  expect(items[0]?.notes).toContain('Its tags are left out.');
  expect(translated(exported).items[0]?.notes.join()).toContain('never on');
});

it('refuses features of an export whose segments have no constraints in it', () => {
  const { refused } = translated({ ...exported, segments: [{ id: 3, name: 'beta' }] });
  expect(refused[0]?.reasons.join()).toContain('the client payload has them');
});

it('wants to know which environment of an export', () => {
  const second = { featureName: 'f', environment: 'staging', enabled: false, variants: [] };
  const several = { ...exported, featureEnvironments: [...exported.featureEnvironments, second] };
  expect(fromUnleash(several)).toMatchObject({ ok: false, problem: expect.stringContaining('more than one environment') });
  expect(translated(several, { environment: 'staging' }).items[0]).toMatchObject({ type: 'boolean', config: { on: false } });
});

it.each([[[]], [{}], [{ features: {} }], [{ events: [{ type: 'coup' }] }], [{ ...exported, featureEnvironments: {} }], ['text'], [null]])(
  'does not read %j',
  (file) => {
    expect(fromUnleash(file)).toMatchObject({ ok: false });
  },
);

it('folds the events of the delta API', () => {
  const feature = (name: string) => ({ name, enabled: true, strategies: [{ name: 'default', segments: [1] }] });
  const { items } = translated({
    events: [
      { type: 'feature-updated', feature: feature('forgotten') },
      { type: 'hydration', features: [feature('a'), feature('b')], segments: [{ id: 1, constraints: [] }] },
      { type: 'feature-removed', featureName: 'a' },
      { type: 'segment-removed', segmentId: 1 },
    ],
  });
  expect(items.map(({ key, config }) => [key, config.default])).toEqual([['b', { variant: 'off' }]]);
});
