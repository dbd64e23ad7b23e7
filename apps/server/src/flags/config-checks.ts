import { type AdminServe, LIMITS, pointer, type RequestProblem } from '@ballast/api';
import { type Condition, segmentsIn } from '@ballast/evaluation';
import { ConditionCheck, type Edges, findCycle, listedSegment, longestChain, type SegmentNode } from '../segments/index.js';
import type { FlagConfig, FlagRecord } from './flag.types.js';

/** What is known of a flag that another one asks for. */
export interface KnownFlag {
  readonly variants: ReadonlySet<string>;
  readonly clientVisible: boolean;
  readonly archived: boolean;
}

/** What a configuration is judged against: its flag and its neighbours in one environment. */
export interface ConfigWorld {
  readonly flag: Pick<FlagRecord, 'key' | 'variants' | 'clientVisible'>;
  readonly segments: ReadonlyMap<string, SegmentNode>;
  /** Flags that the prerequisites name. */
  readonly flags: ReadonlyMap<string, KnownFlag>;
  /** Prerequisites of every flag of the environment, as they are before. */
  readonly prerequisites: Edges;
}

type Path = readonly PropertyKey[];

function problem(path: Path, message: string): RequestProblem {
  return { path: pointer(path), message };
}

function noVariant(path: Path, name: string): RequestProblem {
  return problem(path, `there is no variant ${JSON.stringify(name)}`);
}

function serveProblems(serve: AdminServe, path: Path, { flag }: Pick<ConfigWorld, 'flag'>): RequestProblem[] {
  const isKnown = (name: string) => Object.hasOwn(flag.variants, name);
  if ('variant' in serve) return isKnown(serve.variant) ? [] : [noVariant([...path, 'variant'], serve.variant)];
  const { split } = serve;
  const [name, parts] = 'weights' in split ? (['weights', split.weights] as const) : (['percentages', split.percentages] as const);
  const listed = parts.flatMap(({ variant }, i) => (isKnown(variant) ? [] : [noVariant([...path, 'split', name, i, 'variant'], variant)]));
  const { rest = null } = split;
  return name === 'percentages' || rest === null || isKnown(rest) ? listed : [...listed, noVariant([...path, 'split', 'rest'], rest)];
}

function ruleProblems({ rules }: FlagConfig, world: ConfigWorld): RequestProblem[] {
  const check = new ConditionCheck(world.segments);
  const seen = new Set<string>();
  const problems = rules.flatMap(({ id, when, serve }, i) => {
    check.check(when, ['rules', i, 'when']);
    const taken = seen.has(id) ? [problem(['rules', i, 'id'], `is the id of another rule: ${JSON.stringify(id)}`)] : [];
    seen.add(id);
    return [...taken, ...serveProblems(serve, ['rules', i, 'serve'], world)];
  });
  return [...problems, ...check.problems];
}

type Prerequisite = FlagConfig['prerequisites'][number];

function prerequisiteProblem({ flag, variants }: Prerequisite, path: Path, world: ConfigWorld): RequestProblem[] {
  const name = JSON.stringify(flag);
  const known = world.flags.get(flag);
  if (flag === world.flag.key) return [problem([...path, 'flag'], 'a flag cannot be its own prerequisite')];
  if (known === undefined) return [problem([...path, 'flag'], `there is no flag ${name}`)];
  if (known.archived) return [problem([...path, 'flag'], `${name} is archived`)];
  if (world.flag.clientVisible && !known.clientVisible)
    return [problem([...path, 'flag'], `${name} is not client-visible, so a client-visible flag cannot depend on it`)];
  return variants.flatMap((variant, j) =>
    known.variants.has(variant) ? [] : [problem([...path, 'variants', j], `${name} has no variant ${JSON.stringify(variant)}`)],
  );
}

function prerequisiteProblems({ prerequisites }: FlagConfig, world: ConfigWorld): RequestProblem[] {
  const named = prerequisites.map(({ flag }) => flag);
  return prerequisites.flatMap((prerequisite, i) => {
    const path = ['prerequisites', i];
    if (named.indexOf(prerequisite.flag) < i) return [problem([...path, 'flag'], 'is named twice; list all variants in one prerequisite')];
    return prerequisiteProblem(prerequisite, path, world);
  });
}

function chainProblems({ prerequisites }: FlagConfig, world: ConfigWorld): RequestProblem[] {
  if (prerequisites.length === 0) return [];
  const edges = new Map([...world.prerequisites, [world.flag.key, prerequisites.map(({ flag }) => flag)]]);
  const cycle = findCycle(edges, world.flag.key);
  if (cycle !== null) return [problem(['prerequisites'], `prerequisites would lead back to themselves: ${cycle.join(' → ')}`)];
  return longestChain(edges) > LIMITS.chainDepth.max
    ? [problem(['prerequisites'], `prerequisites would lead to one another over more than ${LIMITS.chainDepth.max} levels (chainDepth)`)]
    : [];
}

function clientProblems({ rules }: FlagConfig, world: ConfigWorld): RequestProblem[] {
  if (!world.flag.clientVisible) return [];
  return rules.flatMap(({ when }, i) => {
    const listed = listedSegment(world.segments, segmentsIn(when));
    return listed === null
      ? []
      : [problem(['rules', i, 'when'], `leads to segment ${JSON.stringify(listed)}, which has lists: a client-visible flag cannot use it`)];
  });
}

/** Everything that is wrong with a configuration among its neighbours. */
export function configProblems(config: FlagConfig, world: ConfigWorld): readonly RequestProblem[] {
  const { offVariant } = config;
  const off = offVariant !== null && !Object.hasOwn(world.flag.variants, offVariant) ? [noVariant(['offVariant'], offVariant)] : [];
  const otherwise = config.default === null ? [] : serveProblems(config.default, ['default'], world);
  const prerequisites = prerequisiteProblems(config, world);
  const found = [...off, ...ruleProblems(config, world), ...otherwise, ...prerequisites];
  const chains = prerequisites.length === 0 ? chainProblems(config, world) : [];
  return [...found, ...chains, ...clientProblems(config, world)];
}

/** The variants that a configuration names although a flag does not have them. */
export function missingVariants(config: FlagConfig, flag: ConfigWorld['flag']): readonly RequestProblem[] {
  const off =
    config.offVariant !== null && !Object.hasOwn(flag.variants, config.offVariant) ? [noVariant(['offVariant'], config.offVariant)] : [];
  const rules = config.rules.flatMap(({ serve }, i) => serveProblems(serve, ['rules', i, 'serve'], { flag }));
  return [...off, ...rules, ...(config.default === null ? [] : serveProblems(config.default, ['default'], { flag }))];
}

/** Segments that a configuration names, each once. */
export function segmentRefs(config: Pick<FlagConfig, 'rules'>): string[] {
  return [...new Set(config.rules.flatMap(({ when }: { readonly when: Condition }) => segmentsIn(when)))];
}
