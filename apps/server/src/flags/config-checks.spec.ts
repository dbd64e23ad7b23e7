import type { AdminServe } from '@ballast/api';
import type { Condition } from '@ballast/evaluation';
import { expect, it } from 'vitest';
import { type ConfigWorld, configProblems, type KnownFlag } from './config-checks.js';
import type { AdminRule, FlagConfig } from './flag.types.js';

const always: Condition = { all: [] };

function aRule(change: Partial<AdminRule> = {}): AdminRule {
  return { id: 'r', when: always, serve: { variant: 'on' }, ...change };
}

function aConfig(change: Partial<FlagConfig> = {}): FlagConfig {
  return { on: true, offVariant: 'off', rules: [], default: { variant: 'on' }, prerequisites: [], ...change };
}

function aKnown(change: Partial<KnownFlag> = {}): KnownFlag {
  return { variants: new Set(['on', 'off']), clientVisible: false, archived: false, ...change };
}

function aWorld(change: Partial<ConfigWorld> = {}): ConfigWorld {
  return {
    flag: { key: 'checkout', variants: { on: true, off: false }, clientVisible: false },
    segments: new Map(),
    flags: new Map(),
    prerequisites: new Map(),
    ...change,
  };
}

function half(variant: string): AdminServe {
  return {
    split: {
      percentages: [
        { variant: 'on', percent: 50 },
        { variant, percent: 50 },
      ],
    },
  };
}

it('accepts a configuration that names only what exists', () => {
  const config = aConfig({
    rules: [aRule({ when: { segment: 'beta' } })],
    default: half('off'),
    prerequisites: [{ flag: 'base', variants: ['on'] }],
  });
  const world = aWorld({ segments: new Map([['beta', { hasLists: true, refs: [] }]]), flags: new Map([['base', aKnown()]]) });
  expect(configProblems(config, world)).toEqual([]);
});

it('reports every unknown variant with its place', () => {
  const config = aConfig({
    offVariant: 'x',
    rules: [aRule({ serve: { variant: 'y' } }), aRule({ id: 's', serve: half('z') })],
    default: { variant: 'constructor' },
  });
  expect(configProblems(config, aWorld()).map(({ path }) => path)).toEqual([
    '/offVariant',
    '/rules/0/serve/variant',
    '/rules/1/serve/split/percentages/1/variant',
    '/default/variant',
  ]);
});

it('refuses two rules of one id', () => {
  expect(configProblems(aConfig({ rules: [aRule(), aRule()] }), aWorld())).toEqual([
    { path: '/rules/1/id', message: 'is the id of another rule: "r"' },
  ]);
});

it.each([
  ['missing', undefined, /there is no flag/],
  ['archived', aKnown({ archived: true }), /is archived/],
  ['without the variant', aKnown({ variants: new Set(['off']) }), /has no variant "on"/],
])('refuses a prerequisite that is %s', (_, known, message) => {
  const world = aWorld({ flags: new Map(known === undefined ? [] : [['base', known]]) });
  const [problem] = configProblems(aConfig({ prerequisites: [{ flag: 'base', variants: ['on'] }] }), world);
  expect(problem?.message).toMatch(message);
});

it('refuses itself, twice the same, and a way back to itself', () => {
  const on = (flag: string) => ({ flag, variants: ['on'] });
  const flags = new Map([
    ['a', aKnown()],
    ['b', aKnown()],
  ]);
  expect(configProblems(aConfig({ prerequisites: [on('checkout')] }), aWorld())[0]?.message).toMatch(/its own prerequisite/);
  expect(configProblems(aConfig({ prerequisites: [on('a'), on('a')] }), aWorld({ flags }))[0]?.message).toMatch(/named twice/);
  const prerequisites = new Map([
    ['a', ['b']],
    ['b', ['checkout']],
  ]);
  expect(configProblems(aConfig({ prerequisites: [on('a')] }), aWorld({ flags, prerequisites }))).toEqual([
    { path: '/prerequisites', message: 'prerequisites would lead back to themselves: checkout → a → b → checkout' },
  ]);
});

it('refuses a chain of prerequisites that is too long', () => {
  const links = Array.from({ length: 16 }, (_, i): [string, string[]] => [`f${i}`, [`f${i + 1}`]]);
  const config = aConfig({ prerequisites: [{ flag: 'f0', variants: ['on'] }] });
  const world = aWorld({ flags: new Map([['f0', aKnown()]]), prerequisites: new Map(links) });
  expect(configProblems(config, world)[0]?.message).toMatch(/chainDepth/);
  expect(configProblems(config, { ...world, prerequisites: new Map(links.slice(1)) })).toEqual([]);
});

it('keeps member lists and hidden flags away from client-visible flags, however far away', () => {
  const flag = { key: 'checkout', variants: { on: true, off: false }, clientVisible: true };
  const segments = new Map([
    ['beta', { hasLists: false, refs: ['staff'] }],
    ['staff', { hasLists: true, refs: [] }],
  ]);
  const config = aConfig({ rules: [aRule({ when: { not: { segment: 'beta' } } })], prerequisites: [{ flag: 'base', variants: ['on'] }] });
  const world = aWorld({ flag, segments, flags: new Map([['base', aKnown()]]) });
  expect(configProblems(config, world).map(({ path }) => path)).toEqual(['/prerequisites/0/flag', '/rules/0/when']);
});

it.each<[string, Condition, string]>([
  ['an unknown segment', { segment: 'nobody' }, '/segment'],
  ['a date that is none', { attribute: 'at', op: 'before', values: ['2026-02-30T00:00:00Z'] }, '/values/0'],
  ['a version that is none', { attribute: 'app', op: 'semver_<', values: ['1.2.x'] }, '/values/0'],
  ['a range that is none', { attribute: 'ip', op: 'in_cidr', values: ['10.0.0.0/8', '10.0.0.0/33'] }, '/values/1'],
  ['text where a number belongs', { attribute: 'n', op: '>', values: ['1'] }, '/values/0'],
  ['a number where text belongs', { attribute: 'n', op: 'contains', values: [1] }, '/values/0'],
  ['a hostile pattern', { attribute: 'n', op: 'matches', values: ['a*a*a*a*b'] }, '/values/0'],
  ['no values', { attribute: 'n', op: 'in', values: [] }, '/values'],
  ['values of exists', { attribute: 'n', op: 'exists', values: [1] }, '/values'],
  ['case of numbers', { attribute: 'n', op: '=', values: [1], ignoreCase: true }, '/ignoreCase'],
])('refuses %s', (_, condition, at) => {
  const problems = configProblems(aConfig({ rules: [aRule({ when: { any: [always, condition] } })] }), aWorld());
  expect(problems.map(({ path }) => path)).toEqual([`/rules/0/when/any/1${at}`]);
});

it('stops analysing patterns after a few bad ones, and counts them', () => {
  const bad = Array.from({ length: 60 }, (_, i) => `^(a+)+${i}$`);
  const problems = configProblems(aConfig({ rules: [aRule({ when: { attribute: 'n', op: 'matches', values: bad } })] }), aWorld());
  expect(problems.map(({ path }) => path)).toEqual(['0', '1', '2', '50'].map((i) => `/rules/0/when/values/${i}`));
});

it('bounds how deep and how big a condition is', () => {
  const deep = Array.from({ length: 17 }).reduce<Condition>((inner) => ({ not: inner }), always);
  const big: Condition = { all: Array.from({ length: 500 }, () => always) };
  const messages = [deep, big].map((when) => configProblems(aConfig({ rules: [aRule({ when })] }), aWorld())[0]?.message);
  expect(messages).toEqual([expect.stringMatching(/conditionDepth/), expect.stringMatching(/conditionsPerRule/)]);
});

it('reports unknown variants of an imported split with their place', () => {
  const weights = ['on', 'x'].map((variant) => ({ variant, weight: 1 }));
  const config = aConfig({ default: { split: { hash: 'unleash-murmur3', salt: '', weights, rest: 'y' } } });
  expect(configProblems(config, aWorld()).map(({ path }) => path)).toEqual(['/default/split/weights/1/variant', '/default/split/rest']);
});
