import type { AdminServe } from '@ballast/api';
import { evaluate, prepareFlag, type Resolution, registerHash } from '@ballast/evaluation';
import { importedHashes } from '@ballast/evaluation/hashes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFlag, compileServe, type FlagDefinition } from './compile.js';
import type { FlagConfig } from './flag.types.js';

importedHashes.forEach(registerHash);

const flag: FlagDefinition = {
  key: 'checkout',
  type: 'string',
  variants: { a: 'A', b: 'B', off: 'OFF' },
  safeVariant: null,
  metadata: { team: 'shop' },
  salt: 's1',
};

function aConfig(change: Partial<FlagConfig> = {}): FlagConfig {
  return { on: true, offVariant: 'off', rules: [], default: { variant: 'a' }, prerequisites: [], ...change };
}

function percent(parts: Readonly<Record<string, number>>, more: { rest?: string; by?: string } = {}): AdminServe {
  return { split: { ...more, percentages: Object.entries(parts).map(([variant, percent]) => ({ variant, percent })) } };
}

function splitOf(serve: AdminServe, offVariant: string | null = 'off') {
  return compileServe(serve, 's1', offVariant);
}

/** Which variant each of many contexts gets. */
function assignment(serve: AdminServe): ReadonlyMap<string, Resolution['variant']> {
  const compiled = compileFlag({ flag, config: aConfig({ default: serve }), killed: false, version: 1 });
  const set = { flags: new Map([[flag.key, prepareFlag(compiled)]]), segments: new Map() };
  const keys = Array.from({ length: 2_000 }, (_, i) => `user-${i}`);
  return new Map(keys.map((targetingKey) => [targetingKey, evaluate(set, flag.key, { targetingKey }).variant]));
}

describe('a split', () => {
  it('lets the off variant be the rest', () => {
    expect(splitOf(percent({ a: 10, b: 30, off: 60 }))).toEqual({
      split: {
        by: 'targetingKey',
        hash: 'native',
        salt: 's1',
        share: 40_000,
        weights: [
          ['a', 1],
          ['b', 3],
        ],
        rest: 'off',
      },
    });
  });

  it('lets the last variant be the rest when the off variant is not listed', () => {
    expect(splitOf(percent({ a: 25, b: 75 }), null)).toMatchObject({ split: { share: 25_000, weights: [['a', 1]], rest: 'b' } });
  });

  it('lets people choose the rest and the attribute', () => {
    expect(splitOf(percent({ a: 25, off: 75 }, { rest: 'a', by: '/account/id' }))).toMatchObject({
      split: { by: '/account/id', share: 75_000, weights: [['off', 1]], rest: 'a' },
    });
  });

  it('leaves no trace of variants at zero', () => {
    expect(splitOf(percent({ a: 0, b: 40, off: 60 }))).toMatchObject({ split: { share: 40_000, weights: [['b', 1]], rest: 'off' } });
    expect(splitOf(percent({ a: 40, b: 60, off: 0 }))).toMatchObject({
      split: {
        share: 100_000,
        weights: [
          ['a', 2],
          ['b', 3],
        ],
        rest: null,
      },
    });
  });

  it('gives everyone the only variant without a rest', () => {
    for (const only of ['a', 'off'])
      expect(splitOf(percent({ [only]: 100 }))).toMatchObject({ split: { share: 100_000, weights: [[only, 1]], rest: null } });
  });

  it('keeps three decimals', () => {
    expect(splitOf(percent({ a: 0.001, off: 99.999 }))).toMatchObject({ split: { share: 1, weights: [['a', 1]], rest: 'off' } });
    expect(splitOf(percent({ a: 33.333, b: 33.333, off: 33.334 }))).toMatchObject({
      split: {
        share: 66_666,
        weights: [
          ['a', 1],
          ['b', 1],
        ],
      },
    });
  });

  it('never moves anyone who is in when only the rest shrinks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 1, max: 100_000 }), (from, by) => {
        const to = Math.min(100_000, from + by);
        const before = assignment(percent({ a: from / 1_000, off: (100_000 - from) / 1_000 }));
        const after = assignment(percent({ a: to / 1_000, off: (100_000 - to) / 1_000 }));
        for (const [key, variant] of before) if (variant === 'a') expect(after.get(key)).toBe('a');
      }),
      { numRuns: 25 },
    );
  });

  it('never reshuffles the variants of those who are in when all of them grow alike', () => {
    const before = assignment(percent({ a: 5, b: 15, off: 80 }));
    const after = assignment(percent({ a: 20, b: 60, off: 20 }));
    for (const [key, variant] of before) if (variant !== 'off') expect(after.get(key)).toBe(variant);
  });
});

describe('a flag', () => {
  it('is compiled whole', () => {
    const when = { attribute: 'country', op: 'in', values: ['DE'] } as const;
    const config = aConfig({
      rules: [{ id: 'r', description: 'Germans', when, serve: { variant: 'b' } }],
      prerequisites: [{ flag: 'base', variants: ['on'] }],
    });
    expect(compileFlag({ flag, config, killed: false, version: 7 })).toEqual({
      key: 'checkout',
      version: 7,
      type: 'string',
      state: 'on',
      variants: { a: 'A', b: 'B', off: 'OFF' },
      offVariant: 'off',
      prerequisites: [{ flag: 'base', variants: ['on'] }],
      rules: [{ id: 'r', when, serve: { variant: 'b' } }],
      default: { variant: 'a' },
      metadata: { team: 'shop' },
    });
  });

  it('serves its safe variant once killed, whether on or off', () => {
    const safe = { ...flag, safeVariant: 'b' };
    for (const on of [true, false])
      expect(compileFlag({ flag: safe, config: aConfig({ on }), killed: true, version: 1 })).toMatchObject({
        state: 'killed',
        offVariant: 'b',
      });
  });

  it('falls to the off variant of its environment when it has no safe variant', () => {
    expect(compileFlag({ flag, config: aConfig(), killed: true, version: 1 }).offVariant).toBe('off');
    expect(compileFlag({ flag, config: aConfig({ offVariant: null }), killed: true, version: 1 }).offVariant).toBeNull();
  });
});

describe('an imported split', () => {
  const hashed = (change: object): AdminServe => {
    const weights = [{ variant: 'a', weight: 1 }];
    return { split: { hash: 'unleash-murmur3', salt: 'group', weights, ...change } };
  };

  it('is compiled as it is: its own salt, and weights that are not reduced', () => {
    const weights = [
      { variant: 'a', weight: 500 },
      { variant: 'b', weight: 500 },
    ];
    expect(splitOf(hashed({ by: 'account', percent: 12.5, weights, rest: 'off' }))).toEqual({
      split: {
        by: 'account',
        hash: 'unleash-murmur3',
        salt: 'group',
        share: 12_500,
        weights: [
          ['a', 500],
          ['b', 500],
        ],
        rest: 'off',
      },
    });
    expect(splitOf(hashed({}))).toMatchObject({ split: { by: 'targetingKey', share: 100_000, rest: null } });
  });

  const hash = fc.constantFrom('unleash-murmur3', 'flagd-fractional-v2', 'native');
  const weights = fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 1000 })).map(([a, b]) => [
    { variant: 'a', weight: a },
    { variant: 'b', weight: b },
  ]);

  it('moves nobody out, and nobody to another variant, when its percentage grows', () => {
    fc.assert(
      fc.property(hash, fc.string(), weights, fc.tuple(fc.nat(100), fc.nat(100)), (name, salt, weighed, percents) => {
        const [small, large] = [...percents]
          .sort((x, y) => x - y)
          .map((percent) => hashed({ hash: name, salt, percent, weights: weighed, rest: 'off' }));
        if (small === undefined || large === undefined) return;
        const after = assignment(large);
        for (const [key, variant] of assignment(small)) if (variant !== 'off') expect([key, after.get(key)]).toEqual([key, variant]);
      }),
      { numRuns: 20 },
    );
  });

  it('moves nobody out of a variant whose weight grows at the cost of the next', () => {
    fc.assert(
      fc.property(hash, fc.string(), fc.tuple(fc.nat(1000), fc.nat(1000)), (name, salt, cuts) => {
        const [small, large] = [...cuts]
          .sort((x, y) => x - y)
          .map((a) =>
            hashed({
              hash: name,
              salt,
              weights: [
                { variant: 'a', weight: a },
                { variant: 'b', weight: 1000 - a },
              ],
            }),
          );
        if (small === undefined || large === undefined) return;
        const after = assignment(large);
        for (const [key, variant] of assignment(small)) if (variant === 'a') expect([key, after.get(key)]).toEqual([key, 'a']);
      }),
      { numRuns: 20 },
    );
  });
});
