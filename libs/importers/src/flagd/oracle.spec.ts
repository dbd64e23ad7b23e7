import { type EvaluationContext, evaluate } from '@ballast/evaluation';
import type { EvaluationContext as FlagdContext } from '@openfeature/core';
import { FlagdCore } from '@openfeature/flagd-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toSet } from '../../test/engine.js';
import { fromFlagd } from './file.js';

const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
const variants = { red: 'r', green: 'g', true: 't', false: 'f' };
const names = Object.keys(variants);

// Attributes by the type their name promises: where types differ the two are allowed to, and the importer's notes say so.
const textAttribute = fc.constantFrom('plan', 'user.country');
const text = fc.constantFrom('gold', 'silver', 'go', 'ld', 'x');
const number = fc.constantFrom(-1, 0, 1, 18, 2.5);
const version = fc.constantFrom('1.2.3', 'v1.2', '1.3.0-beta.1', '2', '2.0.0-0', '0.9.9');
const reads = (name: fc.Arbitrary<string>): fc.Arbitrary<object> => name.map((path) => ({ var: path }));
const notZero = fc.constantFrom(-1, 1, 18, 2.5);
const age = fc.constant({ var: 'age' });
const beta = fc.constant({ var: 'beta' });

// Keys as programs send them, and any UTF-16 units at all: flagd's engine in JavaScript hashes units.
const key = fc.oneof(
  fc.uuid(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
);
const bucket = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.oneof(fc.integer({ min: -1, max: 100 }), fc.constantFrom(0, 333, 65_537))),
  fc.tuple(fc.constantFrom(...names)),
);
const bucketing = fc.oneof(
  fc.constant([]),
  fc.constantFrom({ var: 'plan' }, { var: 'user.country' }).map((by) => [by]),
  // Where the attribute of a cat is missing flagd hashes one text at the top and another inside an if, or fails: the id is always there.
  fc
    .tuple(fc.array(fc.oneof(text, fc.constant({ var: '$flagd.flagKey' })), { minLength: 1, maxLength: 2 }), fc.constant('id'))
    .map(([before, name]) => [{ cat: [...before, { var: name }] }]),
);

const { outcome } = fc.letrec((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(fc.constantFrom('==', '!=', '===', '!=='), reads(textAttribute), fc.oneof(text, fc.constant(null)))
      .map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(fc.constantFrom('==', '!='), notZero, age).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(fc.constantFrom('===', '!=='), number, age).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(fc.constantFrom('==', '!='), beta, fc.constant(true)).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(fc.constantFrom('===', '!=='), beta, fc.boolean()).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(fc.constantFrom('<', '<=', '>', '>='), age, number).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(fc.constantFrom('<', '<='), number, age, number).map(([op, ...args]) => ({ [op]: args })),
    fc.tuple(reads(textAttribute), fc.array(fc.oneof(text, fc.constant(null)), { maxLength: 3 })).map((args) => ({ in: args })),
    fc.tuple(text, reads(textAttribute)).map((args) => ({ in: args })),
    fc.tuple(fc.constantFrom('starts_with', 'ends_with'), reads(textAttribute), text).map(([op, a, b]) => ({ [op]: [a, b] })),
    fc
      .tuple(fc.constant({ var: 'version' }), fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '^', '~'), version)
      .map((args) => ({ sem_ver: args })),
    fc.oneof(reads(textAttribute), age, beta),
    fc.boolean(),
    fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }).map((args) => ({ and: args })),
    fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }).map((args) => ({ or: args })),
    fc.tuple(fc.constantFrom('!', '!!'), tie('predicate')).map(([op, arg]) => ({ [op]: [arg] })),
    fc.tuple(tie('predicate'), tie('predicate'), tie('predicate')).map((args) => ({ if: args })),
  ),
  outcome: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...names),
    fc.constant(null),
    fc.boolean(),
    fc.tuple(bucketing, fc.array(bucket, { minLength: 1, maxLength: 6 })).map(([by, buckets]) => ({ fractional: [...by, ...buckets] })),
    fc.tuple(reads(textAttribute), text).map((args) => ({ '==': args })),
    fc.array(fc.tuple(tie('predicate'), tie('outcome')), { minLength: 1, maxLength: 3 }).map((pairs) => ({ if: pairs.flat() })),
    fc.tuple(tie('predicate'), tie('outcome'), tie('outcome')).map((args) => ({ if: args })),
  ),
}));

const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values);
const context = fc.record(
  {
    plan: orNull(text),
    user: fc.record({ country: orNull(text) }),
    age: orNull(number),
    beta: orNull(fc.boolean()),
    version: orNull(fc.oneof(version, text)),
    targetingKey: key,
    id: fc.oneof(key, key, number, fc.boolean()),
  },
  { requiredKeys: ['id'] },
);

it('answers as flagd does, for every targeting that is taken', () => {
  let taken = 0;
  const property = fc.property(
    outcome,
    fc.array(context, { minLength: 1, maxLength: 5 }),
    fc.option(fc.constantFrom(...names)),
    (logic, contexts, defaultVariant) => {
      fc.pre(typeof logic === 'object' && logic !== null);
      const file = { flags: { f: { state: 'ENABLED', variants, defaultVariant, targeting: logic } } };
      const result = fromFlagd(file);
      const [item] = result.ok ? result.translation.items : [];
      fc.pre(item !== undefined);
      if (item === undefined) return;
      taken += 1;
      const flagd = new FlagdCore(undefined, silent);
      flagd.setConfigurations(JSON.stringify(file));
      const set = toSet([item]);
      for (const one of contexts) {
        const text = JSON.stringify(one);
        const [ourContext, theirContext]: [EvaluationContext, FlagdContext] = [JSON.parse(text), JSON.parse(text)];
        const theirs = flagd.resolveStringEvaluation('f', 'code default', theirContext);
        const { variant } = evaluate(set, 'f', ourContext);
        expect(variant).toBe(theirs.variant);
      }
    },
  );
  fc.assert(property, { numRuns: 2_000 });
  expect(taken).toBeGreaterThan(1_000);
});
