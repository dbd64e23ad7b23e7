import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSet } from '../../test/engine.js';
import { getVariant, isEnabled, type UnleashContext } from '../../test/unleash.js';
import { fromUnleash } from './file.js';

interface Case<Expected> {
  readonly description: string;
  readonly context: UnleashContext;
  readonly toggleName: string;
  readonly expectedResult: Expected;
}

interface Specification {
  readonly name: string;
  readonly state: unknown;
  readonly tests?: readonly Case<boolean>[];
  readonly variantTests?: readonly Case<object>[];
}

const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve('@unleash/client-specification/package.json')), 'specifications');
const files = readdirSync(folder).filter((file) => file.endsWith('.json') && file !== 'index.json');
const specifications = files.map((file): Specification => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const sum = (count: (one: Specification) => number): number => specifications.reduce((total, one) => total + count(one), 0);

it('finds the 279 cases of the client specification', () => {
  expect([sum(({ tests = [] }) => tests.length), sum(({ variantTests = [] }) => variantTests.length)]).toEqual([227, 52]);
});

describe.each(specifications)('$name', ({ state, tests = [], variantTests = [] }) => {
  const result = fromUnleash(state);
  const translation = result.ok ? result.translation : { items: [], refused: [{ key: '', reasons: [result.problem] }] };
  const set = toSet(translation.items);

  it('is taken whole', () => {
    expect(translation.refused).toEqual([]);
  });

  for (const { description, toggleName, context, expectedResult } of tests) {
    it(`isEnabled: ${description}`, () => {
      expect(isEnabled(set, toggleName, context)).toBe(expectedResult);
    });
  }

  for (const { description, toggleName, context, expectedResult } of variantTests) {
    it(`getVariant: ${description}`, () => {
      expect(getVariant(set, toggleName, context)).toEqual(expectedResult);
    });
  }
});
