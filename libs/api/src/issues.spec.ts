import { expect, it } from 'vitest';
import { z } from 'zod';
import { flagConfig } from './flags.js';
import { problemsOf } from './issues.js';
import { jsonBody, jsonProblem } from './json.js';
import { serve, toThousandths } from './serve.js';

function problems(schema: z.ZodType, value: unknown) {
  return problemsOf(schema.safeParse(value).error?.issues ?? []);
}

const rule = (when: unknown) => ({ on: true, rules: [{ when, serve: { variant: 'on' } }] });

it('tells what is wrong in the branch of a union that was meant', () => {
  expect(problems(serve, { variant: 5 })).toEqual([{ path: '/variant', message: expect.stringMatching(/expected string/) }]);
  expect(problems(serve, { split: { percentages: 'x' } })).toEqual([
    { path: '/split/percentages', message: expect.stringMatching(/expected array/) },
  ]);
  expect(problems(flagConfig, rule({ all: [{ any: [{ attribute: 'a', op: 'like', values: [] }] }] }))).toEqual([
    { path: '/rules/0/when/all/0/any/0/op', message: expect.stringMatching(/Invalid option/) },
  ]);
});

it('names every unknown member at its own place, escaped as a JSON pointer', () => {
  expect(problems(z.strictObject({ a: z.strictObject({}) }), { a: { 'x/y': 1, '~': 2 }, b: 3 }).map(({ path }) => path)).toEqual([
    '/a/x~1y',
    '/a/~0',
    '/b',
  ]);
});

it('finds text that cannot be stored, in values and in names, and what nests too deep', () => {
  expect(jsonProblem({ a: ['fine', '🚀', { b: 1 }] })).toBeNull();
  expect(jsonProblem({ a: ['x\0'] })).toMatchObject({ path: ['a', '0'] });
  expect(jsonProblem({ a: { '\ud800': 1 } })).toMatchObject({ path: ['a'] });
  expect(jsonProblem({ a: Number.POSITIVE_INFINITY })).toMatchObject({ path: ['a'] });
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);
  expect(jsonProblem(deep)?.message).toMatch(/jsonDepth/);
});

it('stops before a schema recurses into what nests too deep', () => {
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => ({ not: inner }), { all: [] });
  expect(problems(jsonBody(flagConfig), rule(deep))).toEqual([{ path: expect.any(String), message: expect.stringMatching(/jsonDepth/) }]);
});

it('reads percentages to three decimals despite float noise', () => {
  expect([33.3, 0.1 + 0.2, 100, 0, 0.001, 12.345].map(toThousandths)).toEqual([33_300, 300, 100_000, 0, 1, 12_345]);
  expect([0.0001, 33.33333].map(toThousandths)).toEqual([null, null]);
});

it('lets a rest be only a variant that is listed, and each variant be listed once', () => {
  const half = (variant: string) => ({ variant, percent: 50 });
  expect(problems(serve, { split: { percentages: [half('a'), half('b')], rest: 'c' } }).map(({ path }) => path)).toEqual(['/split/rest']);
  expect(problems(serve, { split: { percentages: [half('a'), half('a')] } })).toEqual([
    { path: '/split/percentages', message: 'must name each variant once' },
  ]);
});

it('takes an imported split with its hash, its salt and whole weights', () => {
  const one = (change: object) => ({ split: { hash: 'unleash-murmur3', salt: '', weights: [{ variant: 'on', weight: 7 }], ...change } });
  const pathsOf = (change: object) => problems(serve, one(change)).map(({ path }) => path);
  expect(pathsOf({ percent: 33.5, rest: null, by: '/account/id' })).toEqual([]);
  expect(pathsOf({ hash: 'md5' })).toEqual(['/split/hash']);
  expect(pathsOf({ percent: 100.001 })).toEqual(['/split/percent']);
  expect(pathsOf({ weights: [{ variant: 'on', weight: 0 }] })).toEqual(['/split/weights']);
  expect(pathsOf({ weights: [{ variant: 'on', weight: 0.5 }] })).toEqual(['/split/weights/0/weight']);
  expect(pathsOf({ weights: [1, 2].map(() => ({ variant: 'on', weight: 2 ** 20 + 1 })) })).toEqual(['/split/weights']);
});
