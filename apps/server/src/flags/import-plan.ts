import { isDeepStrictEqual } from 'node:util';
import { anyKey, flagConfig, jsonProblem, pointer, problemsOf, type RequestProblem } from '@ballast/api';
import type { ImportItem } from '@ballast/importers';
import type { SegmentNode } from '../segments/index.js';
import { type Expiry, type FlagDraft, flagProblems, OWNER_MISSING } from './checks.js';
import { configProblems, type KnownFlag, missingVariants } from './config-checks.js';
import { completeConfig, defaultSafeVariant, isTemporary } from './defaults.js';
import { dependentProblems } from './drafts.js';
import type { FlagConfig, FlagRecord } from './flag.types.js';
import { type StateRows, stateOf } from './flag-states.js';
import { configDocument } from './flag-views.js';
import { knownFlag } from './flag-world.js';
import type { Dependent } from './flags.view.js';

/** What the project holds already, and what new flags get. */
export interface ImportWorld {
  readonly environmentId: string;
  /** Flags of these keys that exist, archived or not, with their rows. */
  readonly existing: ReadonlyMap<string, { readonly flag: FlagRecord; readonly rows: StateRows }>;
  readonly segments: ReadonlyMap<string, SegmentNode>;
  /** Flags that prerequisites name. */
  readonly known: ReadonlyMap<string, KnownFlag>;
  /** Prerequisites in the environment before. */
  readonly prerequisites: ReadonlyMap<string, readonly string[]>;
  readonly dependents: readonly Dependent[];
  readonly owner: string | null;
  readonly expiry: Expiry;
  /** New flags that still fit the project. */
  readonly room: number;
}

/** What is to become of one flag of a file. */
export type ImportStep =
  | { readonly outcome: 'refused'; readonly key: string; readonly reasons: readonly string[] }
  | { readonly outcome: 'unchanged'; readonly key: string }
  | {
      readonly outcome: 'created' | 'changed';
      readonly key: string;
      readonly flag: FlagRecord | null;
      readonly draft: FlagDraft;
      readonly config: FlagConfig;
    };

type Taken = Extract<ImportStep, { draft: FlagDraft }>;

function refused(key: string, problems: readonly RequestProblem[]): ImportStep {
  return { outcome: 'refused', key, reasons: problems.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)) };
}

/** As JSON keeps it: without members that are undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** A flag of the file with its configuration in our own types. */
interface Readable extends Omit<ImportItem, 'config'> {
  readonly config: FlagConfig;
}

/** Holds an item against the limits that the admin API has for the same. */
function readItem(item: ImportItem): Readable | readonly RequestProblem[] {
  const problem = jsonProblem(item);
  if (problem !== null) return problemsOf([problem]);
  const key = anyKey.safeParse(item.key);
  const config = flagConfig.safeParse(item.config);
  if (key.success && config.success) return { ...item, config: completeConfig(config.data, { safeVariant: null }) };
  return [...problemsOf(key.error?.issues ?? []), ...problemsOf(config.error?.issues ?? [])];
}

function newStep(item: Readable, world: ImportWorld): ImportStep {
  const { key, type, variants, description, metadata, kind = 'release' } = item;
  const { owner } = world;
  const expiry: Expiry = isTemporary(kind) ? world.expiry : { ok: true, expiresAt: null };
  const draft: FlagDraft = {
    key,
    type,
    variants,
    description,
    metadata,
    name: key,
    kind,
    safeVariant: defaultSafeVariant({ type, variants }),
    owner: owner ?? '',
    expiresAt: expiry.ok ? expiry.expiresAt : null,
    tags: [],
    clientVisible: false,
    schema: null,
  };
  const problems = [...(owner === null ? [OWNER_MISSING] : []), ...(expiry.ok ? [] : [expiry.problem]), ...flagProblems(draft)];
  return problems.length > 0 ? refused(key, problems) : { outcome: 'created', key, flag: null, draft, config: item.config };
}

function otherProblems(
  draft: FlagDraft,
  { flag, rows }: { flag: FlagRecord; rows: StateRows },
  world: ImportWorld,
): readonly RequestProblem[] {
  const elsewhere = rows.configs.filter(({ environmentId }) => environmentId !== world.environmentId);
  const after = knownFlag({ ...flag, ...draft });
  return [...elsewhere.flatMap((config) => missingVariants(config, draft)), ...dependentProblems(flag, after, world.dependents)];
}

function existingStep(item: Readable, held: { flag: FlagRecord; rows: StateRows }, world: ImportWorld): ImportStep {
  const { flag, rows } = held;
  const { key, variants, metadata } = item;
  if (flag.archivedAt !== null)
    return refused(key, [{ path: '', message: 'this key belongs to an archived flag; keys are never used again' }]);
  if (flag.type !== item.type)
    return refused(key, [{ path: '', message: `is of type ${item.type} here, but of type ${flag.type} in the project` }]);
  const isSafe = flag.safeVariant !== null && Object.hasOwn(variants, flag.safeVariant);
  const description = item.description === '' ? flag.description : item.description;
  const draft: FlagDraft = { ...flag, variants, metadata, description, safeVariant: isSafe ? flag.safeVariant : defaultSafeVariant(item) };
  const problems = [...flagProblems(draft), ...otherProblems(draft, held, world)];
  if (problems.length > 0) return refused(key, problems);
  const before = {
    variants: flag.variants,
    metadata: flag.metadata,
    description: flag.description,
    config: configDocument(stateOf(flag, world.environmentId, rows).config),
  };
  const isSame = isDeepStrictEqual(plain(before), plain({ variants, metadata, description, config: configDocument(item.config) }));
  return isSame ? { outcome: 'unchanged', key } : { outcome: 'changed', key, flag, draft, config: item.config };
}

function firstSteps(items: readonly ImportItem[], world: ImportWorld): ImportStep[] {
  const seen = new Set<string>();
  let room = world.room;
  return items.map((raw) => {
    const item = readItem(raw);
    if (!('key' in item)) return refused(raw.key, item);
    if (seen.has(item.key)) return refused(item.key, [{ path: '', message: 'is in the file twice' }]);
    seen.add(item.key);
    const held = world.existing.get(item.key);
    const step = held === undefined ? newStep(item, world) : existingStep(item, held, world);
    if (step.outcome !== 'created' || room > 0) {
      if (step.outcome === 'created') room -= 1;
      return step;
    }
    return refused(item.key, [{ path: '', message: 'the project is full (flagsPerProject)' }]);
  });
}

function isTaken(step: ImportStep): step is Taken {
  return step.outcome === 'created' || step.outcome === 'changed';
}

/** Judges the configurations among their neighbours; a refusal can take away what another flag of the file asks for. */
function judge(steps: readonly ImportStep[], world: ImportWorld): ImportStep[] {
  const taken = steps.filter(isTaken);
  const known = new Map([
    ...world.known,
    ...taken.map(({ key, draft, flag }) => [key, knownFlag({ ...draft, archivedAt: flag?.archivedAt ?? null })] as const),
  ]);
  const edges = taken.map(({ key, config }) => [key, config.prerequisites.map(({ flag }) => flag)] as const);
  const prerequisites = new Map([...world.prerequisites, ...edges]);
  return steps.map((step) => {
    if (!isTaken(step)) return step;
    const problems = configProblems(step.config, { flag: step.draft, segments: world.segments, flags: known, prerequisites });
    const located = problems.map(({ path, message }) => ({ path: `${pointer(['config'])}${path}`, message }));
    return problems.length > 0 ? refused(step.key, located) : step;
  });
}

/** Decides for every flag of a file, in its order, whether it is taken and what it becomes. */
export function planImport(items: readonly ImportItem[], world: ImportWorld): readonly ImportStep[] {
  let steps = firstSteps(items, world);
  for (;;) {
    const judged = judge(steps, world);
    const isStable = judged.filter(isTaken).length === steps.filter(isTaken).length;
    const needsMore = judged.some((step) => isTaken(step) && step.config.prerequisites.length > 0);
    if (isStable || !needsMore) return judged;
    steps = judged;
  }
}
