import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toSet } from '../../test/engine.js';
import { getVariant, isEnabled, type UnleashContext } from '../../test/unleash.js';
import { fromUnleash } from './file.js';

/** What of Unleash's own engine is asked. */
interface Engine {
  isEnabled(name: string, context: UnleashContext, fallback: () => boolean): boolean;
  getVariant(name: string, context: UnleashContext): object;
}

const require = createRequire(import.meta.url);
const { default: UnleashClient } = require('unleash-client/lib/client.js');
const { defaultStrategies } = require('unleash-client/lib/strategy/index.js');

// Groups and ids as programs send them, and any UTF-16 units at all: Unleash's JavaScript hashes the low byte of each.
const text = fc.oneof(
  fc.uuid(),
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc.string({ minLength: 1, unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
);
const country = fc.constantFrom('no', 'se', 'dk');
const age = fc.constantFrom('', '7', '18', '18.0', '1e2', 'old', ' 9 ');
const version = fc.constantFrom('1.2.3', '2.0.0-beta.1', 'v2.0.0', '1.2', '2.0.0+b');
const address = fc.constantFrom('10.0.0.1', '10.1.2.3', '192.168.0.1', '2001:db8::1', 'nowhere');

const constraint = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.constantFrom('IN', 'NOT_IN'), fc.constantFrom('country', 'age'), fc.array(fc.oneof(country, age), { maxLength: 3 })),
      fc.tuple(
        fc.constantFrom('STR_STARTS_WITH', 'STR_ENDS_WITH', 'STR_CONTAINS'),
        fc.constant('country'),
        fc.array(fc.constantFrom('n', 'E', ' o '), { maxLength: 2 }),
      ),
      fc.tuple(
        fc.constant('IN_CIDR'),
        fc.constant('remoteAddress'),
        fc.array(fc.constantFrom('10.0.0.0/8', '10.0.0.1', '2001:db8::/32', 'x')),
      ),
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([[operator, contextName, values], inverted, caseInsensitive]) => ({ operator, contextName, values, inverted, caseInsensitive }));
const comparison = fc
  .tuple(
    fc.oneof(
      fc.tuple(
        fc.constantFrom('NUM_EQ', 'NUM_GT', 'NUM_GTE', 'NUM_LT', 'NUM_LTE'),
        fc.constant('age'),
        fc.constantFrom('0', '9', '18', 'x'),
      ),
      fc.tuple(
        fc.constantFrom('SEMVER_EQ', 'SEMVER_GT', 'SEMVER_GTE', 'SEMVER_LT', 'SEMVER_LTE'),
        fc.constant('version'),
        fc.oneof(version, fc.constant('x')),
      ),
      fc.tuple(
        fc.constantFrom('DATE_AFTER', 'DATE_BEFORE'),
        fc.constant('currentTime'),
        fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01'),
      ),
      fc.tuple(fc.constant('REGEX'), fc.constant('country'), fc.constantFrom('^n', '(?i)^S[[:alpha:]]$', '(')),
      fc.tuple(fc.constant('BOGUS'), fc.constant('country'), fc.constant('no')),
    ),
    fc.boolean(),
  )
  .map(([[operator, contextName, value], inverted]) => ({ operator, contextName, value, inverted }));
const constraints = fc.array(fc.oneof(constraint, comparison), { maxLength: 2 });

const stickiness = fc.constantFrom('default', 'userId', 'sessionId', 'country', undefined);
const variants = (hasOverrides: boolean) =>
  fc.array(
    fc.record(
      {
        name: fc.constantFrom('blue', 'red', 'on', 'off'),
        weight: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000 })),
        stickiness,
        payload: fc.constantFrom({ type: 'number', value: '1.5' }, { type: 'json', value: '{"a":[]}' }, { type: 'string', value: 'x' }),
        ...(hasOverrides && {
          overrides: fc.array(fc.record({ contextName: fc.constantFrom('country', 'age'), values: fc.array(country) })),
        }),
      },
      { requiredKeys: ['name', 'weight'] },
    ),
    { maxLength: 4 },
  );
const percent = fc.oneof(fc.constantFrom('0', '100', '33.5', 'x'), fc.nat(100).map(String));
const asked = fc.oneof(
  fc.record({ name: fc.constant('default'), parameters: fc.constant({}) }),
  fc.record({
    name: fc.constant('flexibleRollout'),
    parameters: fc.record({ rollout: percent, groupId: text, stickiness }, { requiredKeys: ['rollout', 'groupId'] }),
  }),
  fc.record({
    name: fc.constantFrom('gradualRolloutUserId', 'gradualRolloutSessionId'),
    parameters: fc.record({ percentage: percent, groupId: text }, { requiredKeys: ['percentage'] }),
  }),
  fc.record({ name: fc.constant('userWithId'), parameters: fc.record({ userIds: fc.constantFrom('', 'u1', 'a, u1 ,b') }) }),
  fc.record({ name: fc.constant('remoteAddress'), parameters: fc.record({ IPs: fc.constantFrom('', '10.0.0.1', 'x, 10.0.0.0/8') }) }),
);
const strategies = fc.array(
  fc.tuple(asked, constraints, variants(false), fc.option(fc.constantFrom([1], [1, 404]))).map(([one, wanted, own, segments]) => ({
    ...one,
    constraints: wanted,
    variants: own,
    ...(segments && { segments }),
  })),
  { maxLength: 3 },
);
const dependency = fc.record(
  { feature: fc.constantFrom('a', 'b', 'nobody'), enabled: fc.boolean(), variants: fc.array(fc.constantFrom('blue', 'disabled', 'on')) },
  { requiredKeys: ['feature'] },
);
const feature = (name: string, dependencies: fc.Arbitrary<unknown>) =>
  fc.record({
    name: fc.constant(name),
    enabled: fc.constantFrom(true, true, true, false),
    strategies,
    variants: variants(true),
    dependencies,
  });
const payload = fc.record({
  version: fc.constant(2),
  features: fc.tuple(
    feature('a', fc.constant([])),
    feature('b', fc.array(fc.constant({ feature: 'a' }), { maxLength: 1 })),
    feature('c', fc.array(dependency, { maxLength: 2 })),
  ),
  segments: constraints.map((list) => [{ id: 1, constraints: list }]),
});
const context = fc
  .tuple(
    fc.record({
      userId: fc.oneof(text, fc.constant('u1')),
      sessionId: text,
      remoteAddress: address,
      currentTime: fc.constantFrom('2026-01-15T00:00:00Z', '2027-01-01T00:00:00Z'),
    }),
    fc.record({ country, age, version }, { requiredKeys: ['country'] }),
  )
  .map(([fields, properties]) => ({ ...fields, properties }));

/** Unleash's own engine over a payload. */
function theirs({ features, segments }: { features: readonly { name: string }[]; segments: readonly { id: number }[] }): Engine {
  const repository = {
    getToggle: (name: string) => features.find((one) => one.name === name),
    getSegment: (id: number) => segments.find((one) => one.id === id),
  };
  return new UnleashClient(repository, defaultStrategies);
}

let compared = 0;

it('answers as Unleash does, for everything that is taken: the same features on, and the same variants, for every id', () => {
  const property = fc.property(payload, fc.array(context, { minLength: 1, maxLength: 8 }), (file, contexts) => {
    const result = fromUnleash(file);
    if (!result.ok) throw new Error(result.problem);
    expect(result.translation.refused).toEqual([]);
    const set = toSet(result.translation.items);
    const unleash = theirs(file);
    for (const one of contexts) {
      for (const name of ['a', 'b', 'c']) {
        const { featureEnabled: _, ...variant } = JSON.parse(JSON.stringify(unleash.getVariant(name, one)));
        expect(isEnabled(set, name, one)).toBe(unleash.isEnabled(name, one, () => false));
        expect(getVariant(set, name, one)).toEqual(variant);
        compared += 1;
      }
    }
  });
  fc.assert(property, { numRuns: 700 });
  expect(compared).toBeGreaterThan(5_000);
});
