import { isMembers, type Members, own, quote } from '../findings.js';
import { listOf, type PayloadResult, segmentsOf } from './payload.js';

/** The lists of an export file, each of objects that name their feature. */
interface Lists {
  readonly strategies: Entries;
  readonly environments: Entries;
  readonly tags: Entries;
  readonly links: Entries;
  readonly dependencies: Entries;
}

/** Entries of a list by the feature that they name. */
type Entries = ReadonlyMap<unknown, readonly Members[]>;

function byFeature(list: readonly Members[], by = 'featureName'): Entries {
  const entries = new Map<unknown, Members[]>();
  for (const entry of list) {
    const name = own(entry, by);
    const before = entries.get(name);
    if (before === undefined) entries.set(name, [entry]);
    else before.push(entry);
  }
  return entries;
}

function isIn(environment: string, entry: Members): boolean {
  return (own(entry, 'environment') ?? environment) === environment;
}

/** A feature as a client would get it: its strategies, variants and parents together. */
function joined(feature: Members, lists: Lists, environment: string): Members {
  const name = own(feature, 'name');
  const here = lists.environments.get(name)?.find((entry) => isIn(environment, entry));
  const parents = (lists.dependencies.get(name) ?? []).flatMap((entry) => listOf(entry, 'dependencies') ?? []);
  return {
    ...feature,
    enabled: here !== undefined && own(here, 'enabled') === true,
    variants: (here && own(here, 'variants')) ?? [],
    strategies: (lists.strategies.get(name) ?? []).filter((entry) => isIn(environment, entry)),
    dependencies: parents,
    tags: lists.tags.get(name) ?? [],
    links: lists.links.get(name) ?? [],
  };
}

/** Every feature together with its parts; one that is listed again gets none, since only the first counts. */
function joinedOnce(features: readonly Members[], lists: Lists, environment: string): Members[] {
  const seen = new Set<unknown>();
  return features.map((feature) => {
    const name = own(feature, 'name');
    if (seen.has(name)) return feature;
    seen.add(name);
    return joined(feature, lists, environment);
  });
}

function chosenEnvironment(environments: readonly Members[], wanted: string | undefined): string | null {
  const names = [...new Set(environments.map((entry) => own(entry, 'environment')).filter((name) => typeof name === 'string'))];
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  const [only = wanted ?? '', ...others] = names;
  return others.length === 0 ? only : null;
}

/** The export of an environment, put together from its lists. */
export function fromExport(content: Members, wanted: string | undefined): PayloadResult {
  const names = ['features', 'featureStrategies', 'featureEnvironments', 'featureTags', 'links', 'dependencies', 'segments'] as const;
  const lists = names.map((name) => listOf(content, name)?.filter(isMembers));
  const [features, strategies, environments, tags, links, dependencies, segments] = lists;
  if (!(features && strategies && environments && tags && links && dependencies && segments))
    return { ok: false, problem: `In an Unleash export the members ${names.map(quote).join(', ')} are lists.` };
  const environment = chosenEnvironment(environments, wanted);
  if (environment === null)
    return {
      ok: false,
      problem: 'The export holds more than one environment: say which one with "from", or import into one of the same key.',
    };
  const all: Lists = {
    strategies: byFeature(strategies),
    environments: byFeature(environments),
    tags: byFeature(tags),
    links: byFeature(links, 'feature'),
    dependencies: byFeature(dependencies, 'feature'),
  };
  return {
    ok: true,
    payload: { features: joinedOnce(features, all, environment), segments: segmentsOf(segments, null) },
  };
}
