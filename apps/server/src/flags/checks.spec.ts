import { expect, it } from 'vitest';
import { expiryOf, type FlagDraft, flagProblems } from './checks.js';

const now = Date.parse('2026-11-21T00:00:00Z');

function aDraft(change: Partial<FlagDraft> = {}): FlagDraft {
  return {
    key: 'limits',
    type: 'object',
    name: 'limits',
    description: '',
    kind: 'config',
    variants: { normal: { perMinute: 100 } },
    safeVariant: null,
    owner: 'team-api',
    expiresAt: null,
    tags: [],
    clientVisible: false,
    schema: null,
    metadata: {},
    ...change,
  };
}

function pathsOf(change: Partial<FlagDraft>): string[] {
  return flagProblems(aDraft(change)).map(({ path }) => path);
}

const perMinute = {
  type: 'object',
  properties: { perMinute: { type: 'integer', maximum: 1_000 } },
  required: ['perMinute'],
  additionalProperties: false,
};

it('accepts variants of the flag’s type, also named like what every object inherits', () => {
  expect(
    pathsOf({
      type: 'number',
      variants: Object.fromEntries([
        ['__proto__', 0],
        ['constructor', 1],
      ]),
      safeVariant: '__proto__',
    }),
  ).toEqual([]);
  expect(pathsOf({ variants: { list: [1, 2], map: {} } })).toEqual([]);
});

it('reports every variant of another type, and a safe variant that does not exist', () => {
  expect(pathsOf({ type: 'number', variants: { a: 1, b: '1', c: true, d: {} }, safeVariant: 'toString' })).toEqual([
    '/variants/b',
    '/variants/c',
    '/variants/d',
    '/safeVariant',
  ]);
});

it('asks for a variant, and bounds their number and size', () => {
  expect(pathsOf({ variants: {} })).toEqual(['/variants']);
  expect(pathsOf({ variants: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`v${i}`, {}])) })).toEqual(['/variants']);
  expect(pathsOf({ variants: { big: { text: 'é'.repeat(33_000) } } })).toEqual(['/variants/big']);
});

it.each(['https://json-schema.org/draft/2020-12/schema', 'http://json-schema.org/draft-07/schema#'])(
  'checks every variant against its schema (%s)',
  ($schema) => {
    const schema = { $schema, ...perMinute };
    expect(pathsOf({ schema })).toEqual([]);
    expect(pathsOf({ schema, variants: { normal: { perMinute: 1 }, wild: { perMinute: 1e6 }, odd: { other: 1 } } })).toEqual([
      '/variants/wild',
      '/variants/odd',
    ]);
  },
);

it.each<[string, unknown]>([
  ['is no schema', { type: 'nonsense' }],
  ['has a keyword nobody knows', { maxximum: 3 }],
  ['refers to another place', { $ref: 'https://example.com/schema.json' }],
  ['names a draft nobody knows', { $schema: 'https://example.com/draft' }],
  ['leads to itself for ever', { $ref: '#' }],
  ['takes for ever', doubling(40)],
])('refuses a schema that %s', (_, schema) => {
  expect(pathsOf({ schema })).toEqual(['/schema']);
});

it('refuses a schema with a pattern that could run for ever, and one that is too big', () => {
  expect(pathsOf({ schema: { properties: { a: { pattern: '^(a+)+$' } }, patternProperties: { '(b|b)*$': {} } } })).toEqual([
    '/schema/patternProperties/(b|b)*$',
    '/schema/properties/a/pattern',
  ]);
  for (const description of ['x'.repeat(70_000), 'ü'.repeat(35_000)])
    expect(flagProblems(aDraft({ schema: { description } }))[0]?.message).toMatch(/schemaBytes/);
});

it('asks temporary kinds for an end and names the usual one', () => {
  expect(expiryOf({ kind: 'release' }, now)).toMatchObject({
    ok: false,
    problem: { path: '/expiresAt', message: expect.stringMatching(/40 days/) },
  });
  expect(expiryOf({ kind: 'operational' }, now)).toMatchObject({ problem: { message: expect.stringMatching(/14 days/) } });
  for (const kind of ['kill-switch', 'permission', 'config'] as const)
    expect(expiryOf({ kind }, now)).toEqual({ ok: true, expiresAt: null });
});

it('takes a date or a number of days, but not both and nothing past', () => {
  expect(expiryOf({ kind: 'release', ttlDays: 10 }, now)).toEqual({ ok: true, expiresAt: new Date('2026-12-01T00:00:00Z') });
  expect(expiryOf({ kind: 'config', expiresAt: '2026-12-01T01:00:00+01:00' }, now)).toEqual({
    ok: true,
    expiresAt: new Date('2026-12-01T00:00:00Z'),
  });
  expect(expiryOf({ kind: 'release', expiresAt: '2026-11-21T00:00:00Z' }, now)).toMatchObject({
    ok: false,
    problem: { path: '/expiresAt' },
  });
  expect(expiryOf({ kind: 'release', expiresAt: '2999-01-01T00:00:00Z' }, now)).toMatchObject({
    problem: { path: '/expiresAt', message: expect.stringMatching(/3650 days/) },
  });
  expect(expiryOf({ kind: 'release', ttlDays: 1, expiresAt: '2027-01-01T00:00:00Z' }, now)).toMatchObject({
    ok: false,
    problem: { path: '/ttlDays' },
  });
});

/** A small schema that is checked in 2^n steps. */
function doubling(n: number) {
  const levels = Array.from({ length: n }, (_, i): [string, object] => [
    `d${i}`,
    { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
  ]);
  return { $defs: Object.fromEntries([...levels, [`d${n}`, { type: 'object' }]]), $ref: '#/$defs/d0' };
}
