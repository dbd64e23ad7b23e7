import { isMembers, type Members, own, quote } from '../findings.js';
import { listOf, type PayloadResult, segmentsOf } from './payload.js';

/** The lists of an export file, each of objects that name their feature. */
interface Lists {
  readonly features: readonly Members[];
  readonly strategies: readonly Members[];
  readonly environments: readonly Members[];
  readonly tags: readonly Members[];
  readonly links: readonly Members[];
  readonly dependencies: readonly Members[];
}

function ofFeature(list: readonly Members[], name: unknown, by = 'featureName'): readonly Members[] {
  return list.filter((entry) => own(entry, by) === name);
}

function isIn(environment: string, entry: Members): boolean {
  return (own(entry, 'environment') ?? environment) === environment;
}

/** A feature as a client would get it: its strategies, variants and parents together. */
function joined(feature: Members, lists: Lists, environment: string): Members {
  const name = own(feature, 'name');
  const here = ofFeature(lists.environments, name).find((entry) => isIn(environment, entry));
  const parents = ofFeature(lists.dependencies, name, 'feature').flatMap((entry) => listOf(entry, 'dependencies') ?? []);
  return {
    ...feature,
    enabled: here !== undefined && own(here, 'enabled') === true,
    variants: (here && own(here, 'variants')) ?? [],
    strategies: ofFeature(lists.strategies, name).filter((entry) => isIn(environment, entry)),
    dependencies: parents,
    tags: ofFeature(lists.tags, name),
    links: ofFeature(lists.links, name, 'feature'),
  };
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
  const all: Lists = { features, strategies, environments, tags, links, dependencies };
  return {
    ok: true,
    payload: { features: features.map((feature) => joined(feature, all, environment)), segments: segmentsOf(segments, null) },
  };
}
