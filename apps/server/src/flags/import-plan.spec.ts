import type { ImportItem } from '@ballast/importers';
import { expect, it } from 'vitest';
import type { FlagRecord } from './flag.types.js';
import type { ConfigRow } from './flags.store.js';
import { type ImportWorld, planImport } from './import-plan.js';

const here = 'env-1';

function anItem(key: string, change: Partial<ImportItem> = {}): ImportItem {
  return {
    key,
    type: 'boolean',
    variants: { on: true, off: false },
    config: { on: true, offVariant: null, rules: [], default: { variant: 'on' }, prerequisites: [] },
    description: '',
    metadata: {},
    notes: [],
    ...change,
  };
}

function aFlag(key: string, change: Partial<FlagRecord> = {}): FlagRecord {
  const at = new Date(0);
  return {
    id: key,
    projectId: 'p',
    key,
    name: key,
    description: '',
    kind: 'release',
    type: 'boolean',
    variants: { on: true, off: false },
    safeVariant: 'off',
    owner: 'team',
    expiresAt: at,
    tags: [],
    clientVisible: false,
    schema: null,
    metadata: {},
    salt: 's',
    version: 1,
    createdBy: 'me',
    createdAt: at,
    updatedAt: at,
    archivedAt: null,
    ...change,
  };
}

function aConfig(flag: string, change: Partial<ConfigRow> = {}): ConfigRow {
  const saved = { version: 1, updatedBy: 'me', updatedAt: new Date(0) };
  return {
    flagId: flag,
    environmentId: here,
    ...saved,
    on: true,
    offVariant: null,
    rules: [],
    default: { variant: 'on' },
    prerequisites: [],
    ...change,
  };
}

function aWorld(flags: readonly FlagRecord[] = [], change: Partial<ImportWorld> = {}, configs: readonly ConfigRow[] = []): ImportWorld {
  const rowsOf = (id: string) => ({ configs: configs.filter(({ flagId }) => flagId === id), kills: [] });
  return {
    environmentId: here,
    existing: new Map(flags.map((flag) => [flag.key, { flag, rows: rowsOf(flag.id) }])),
    segments: new Map(),
    known: new Map(),
    prerequisites: new Map(),
    dependents: [],
    owner: 'team',
    expiry: { ok: true, expiresAt: new Date(1) },
    room: 100,
    ...change,
  };
}

function outcomes(items: readonly ImportItem[], world: ImportWorld): string[] {
  return planImport(items, world).map((step) => (step.outcome === 'refused' ? `refused: ${step.reasons.join('; ')}` : step.outcome));
}

const needs = (flag: string) => ({ config: { ...anItem('x').config, prerequisites: [{ flag, variants: ['on'] }] } });

it('creates what is missing, changes what differs and leaves the rest alone', () => {
  const flags = [aFlag('same'), aFlag('values'), aFlag('configuration')];
  const configs = [aConfig('same'), aConfig('values'), aConfig('configuration', { on: false })];
  const items = [
    anItem('new'),
    anItem('same'),
    anItem('values', { variants: { on: true, off: false, more: true } }),
    anItem('configuration'),
  ];
  expect(outcomes(items, aWorld(flags, {}, configs))).toEqual(['created', 'unchanged', 'changed', 'changed']);
});

it('gives a new boolean flag its false variant as the safe one, and others none', () => {
  const [flag, text] = planImport([anItem('a'), anItem('b', { type: 'string', variants: { on: 'x' } })], aWorld());
  expect(flag).toMatchObject({ draft: { safeVariant: 'off', kind: 'release', owner: 'team', expiresAt: new Date(1) } });
  expect(text).toMatchObject({ draft: { safeVariant: null } });
});

it('gives a new flag the kind that the file says, and those of permanent kinds no end', () => {
  const kinds = (['operational', 'kill-switch', 'permission'] as const).map((kind) => anItem(kind, { kind }));
  const ends = planImport(kinds, aWorld()).map((step) => ('draft' in step ? [step.draft.kind, step.draft.expiresAt] : step.outcome));
  expect(ends).toEqual([
    ['operational', new Date(1)],
    ['kill-switch', null],
    ['permission', null],
  ]);
});

it('refuses new flags without owner or end, but not those that exist', () => {
  const expiry = { ok: false, problem: { path: '/expiresAt', message: 'is missing' } } as const;
  const world = aWorld([aFlag('known')], { owner: null, expiry });
  expect(outcomes([anItem('new'), anItem('known')], world)).toEqual([
    expect.stringMatching(/refused: .*owner.*; \/expiresAt is missing/),
    'changed',
  ]);
});

it('takes any Unicode as a key, but not what cannot be stored', () => {
  const keys = ['🚀', '__proto__', 'ключ', 'a/b c', 'a\0b', '\ud800', '', 'k'.repeat(256)];
  expect(
    outcomes(
      keys.map((key) => anItem(key)),
      aWorld(),
    ).map((outcome) => outcome.slice(0, 7)),
  ).toEqual([...Array.from({ length: 4 }, () => 'created'), ...Array.from({ length: 4 }, () => 'refused')]);
});

it('refuses what the project has otherwise: archived, of another type, or with a variant that is needed', () => {
  const flags = [
    aFlag('archived', { archivedAt: new Date(0) }),
    aFlag('typed', { type: 'string', variants: { on: 'x' } }),
    aFlag('elsewhere'),
    aFlag('asked'),
  ];
  const dependents = [
    { environment: 'production', flag: 'above', clientVisible: false, prerequisites: [{ flag: 'asked', variants: ['off'] }] },
  ];
  const world = aWorld(flags, { dependents }, [aConfig('elsewhere', { environmentId: 'env-2', offVariant: 'off' })]);
  const onlyOn = { variants: { on: true } };
  expect(outcomes([anItem('archived'), anItem('typed'), anItem('elsewhere', onlyOn), anItem('asked', onlyOn)], world)).toEqual([
    expect.stringMatching(/archived/),
    expect.stringMatching(/of type boolean here, but of type string/),
    expect.stringMatching(/\/offVariant there is no variant "off"/),
    expect.stringMatching(/\/variants\/off cannot go: "above" in production/),
  ]);
});

it('refuses a key that comes twice and flags beyond the size of the project', () => {
  expect(outcomes([anItem('a'), anItem('a'), anItem('b'), anItem('c')], aWorld([], { room: 2 }))).toEqual([
    'created',
    'refused: is in the file twice',
    'created',
    expect.stringMatching(/flagsPerProject/),
  ]);
});

it('lets flags of one file depend on each other, and refuses all that lean on a refused one', () => {
  const broken = anItem('broken', { config: { ...anItem('x').config, default: { variant: 'none' } } });
  const items = [anItem('top', needs('middle')), anItem('middle', needs('broken')), broken, anItem('fine', needs('base')), anItem('base')];
  expect(outcomes(items, aWorld())).toEqual([
    expect.stringMatching(/there is no flag "middle"/),
    expect.stringMatching(/there is no flag "broken"/),
    expect.stringMatching(/\/config\/default\/variant there is no variant "none"/),
    'created',
    'created',
  ]);
});

it('refuses a circle inside a file, and forgets prerequisites that the file takes away', () => {
  expect(outcomes([anItem('a', needs('b')), anItem('b', needs('a'))], aWorld()).every((outcome) => outcome.startsWith('refused'))).toBe(
    true,
  );
  const world = aWorld([aFlag('a')], { prerequisites: new Map([['a', ['b']]]) });
  expect(outcomes([anItem('a'), anItem('b', needs('a'))], world)).toEqual(['changed', 'created']);
});

it('holds configurations against the limits of the admin API', () => {
  const rules = Array.from({ length: 201 }, (_, i) => ({ id: `r${i}`, when: { all: [] }, serve: { variant: 'on' } }));
  expect(outcomes([anItem('a', { config: { ...anItem('x').config, rules } })], aWorld())[0]).toMatch(/rulesPerFlag/);
});
