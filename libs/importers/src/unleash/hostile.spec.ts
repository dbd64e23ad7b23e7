import { expect, it } from 'vitest';
import type { Translation } from '../model.js';
import { fromUnleash } from './file.js';

function translated(file: unknown): Translation {
  const result = fromUnleash(file);
  if (!result.ok) throw new Error(result.problem);
  return result.translation;
}

const aFeature = (feature: object) => ({ name: 'f', enabled: true, strategies: [], ...feature });

function reasonsFor(feature: object, segments: readonly object[] = []): string {
  return translated({ version: 2, features: [aFeature(feature)], segments })
    .refused.flatMap(({ reasons }) => reasons)
    .join();
}

const noText = { toString: 1, valueOf: 1 };
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
const many = <Part>(count: number, part: Part): Part[] => Array.from({ length: count }, () => part);
const aConstraint = { contextName: 'a', operator: 'IN', values: ['x'] };

it.each([
  ['constraints that are objects', { strategies: [{ name: 'default', constraints: many(300_000, {}) }] }, 'more than 5000 objects'],
  ['variants', { variants: many(201, { name: 'v', weight: 1 }) }, 'more than 200 variants'],
  ['variants of strategies', { strategies: many(2, { name: 'default', variants: many(101, {}) }) }, 'more than 200 variants'],
  ['a payload that nests deep', { variants: [{ name: 'v', weight: 1, payload: { type: 'json', value: deep } }] }, 'nests too deep'],
  ['a groupId that is an object', { strategies: [{ name: 'default', parameters: { groupId: noText } }] }, 'which is no text'],
])('refuses a feature for %s', (_, feature, reason) => {
  expect(reasonsFor(feature)).toContain(reason);
});

it('takes no list for an argument list, however long', () => {
  const strategy = { name: 'default', constraints: many(300_000, 1) };
  expect(translated({ version: 2, features: [aFeature({ strategies: [strategy] })] }).items[0]?.config.default).toEqual({ variant: 'off' });
  const unused = many(300_000, { name: '' });
  expect(fromUnleash({ version: 2, features: unused })).toMatchObject({ ok: false, problem: expect.stringContaining('more than 50000') });
});

it('reads no number out of an object', () => {
  const constraint = { contextName: 'a', operator: 'NUM_GT', value: noText };
  const strategies = [
    { name: 'default', constraints: [constraint] },
    { name: 'flexibleRollout', parameters: { rollout: noText, groupId: noText } },
  ];
  expect(reasonsFor({ strategies: strategies.slice(0, 1) })).toBe('');
  expect(reasonsFor({ strategies })).toContain('which is no text');
});

it('puts segments in place only as far as memory allows, in one feature and in all', () => {
  const segments = [{ id: 1, constraints: many(1_000, aConstraint) }];
  const using = (count: number) => ({ strategies: many(count, { name: 'default', segments: [1] }) });
  expect(reasonsFor(using(10), segments)).toBe('');
  expect(reasonsFor(using(101), segments)).toContain('too large to be put in place');
  const features = Array.from({ length: 25 }, (_, i) => aFeature({ name: `f${i}`, ...using(20) }));
  const { items, refused } = translated({ version: 2, features, segments });
  expect([items.length, refused.length]).toEqual([12, 13]);
});

it('counts the values of a segment, which are copied with it', () => {
  const segments = [{ id: 1, constraints: [{ ...aConstraint, values: many(60_000, 'x') }] }];
  const using = (count: number) => ({ strategies: many(count, { name: 'default', segments: [1] }) });
  expect([reasonsFor(using(1), segments), reasonsFor(using(2), segments)]).toEqual(['', expect.stringContaining('too large')]);
});

it('splits lists around commas, whatever space there is', () => {
  const userIds = ` a ,\tb${' '.repeat(300_000)}c , d `;
  const { items } = translated({ version: 2, features: [aFeature({ strategies: [{ name: 'userWithId', parameters: { userIds } }] })] });
  const values = [' a', `b${' '.repeat(300_000)}c`, 'd '];
  expect(items[0]?.config.rules[0]?.when).toEqual({ attribute: 'targetingKey', op: 'in', values });
});

it('puts an export together in one pass, a feature that is listed again too', () => {
  const names = Array.from({ length: 40_000 }, (_, i) => `f${i}`);
  const file = {
    features: [...names, ...many(5_000, 'f0')].map((name) => ({ name })),
    featureStrategies: [...names, ...many(40_000, 'f0')].map((featureName) => ({ featureName, name: 'default' })),
    featureEnvironments: names.map((featureName) => ({ featureName, environment: 'e', enabled: true })),
  };
  const { items, refused } = translated(file);
  expect([items.length, refused.length]).toEqual([39_999, 5_001]);
});
