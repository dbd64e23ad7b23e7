import { parseRange } from '@ballast/evaluation';
import { type Findings, isMembers, type Members, own, quote, refuseFlag } from '../findings.js';
import { all, allOf, any, not, type Truth } from '../logic.js';
import { attributeName, commaSeparated, hasKey, numberOf } from './attributes.js';
import { constraintsTruth } from './constraints.js';

/** A share of the contexts that have one of some attributes. */
export interface Rollout {
  /** Attributes to bucket by, the first that a context has. */
  readonly by: readonly string[];
  readonly salt: string;
  /** Whole, from 0 to 100. */
  readonly percent: number;
  /** Whether who has none of the attributes is in: only in a share of all, where Unleash asks chance. */
  readonly isOpen: boolean;
}

/** What a strategy asks of a context: a condition, and to be in a rollout where there is one. */
export interface Strategy {
  readonly when: Truth;
  readonly rollout: Rollout | null;
}

/** What the features of one file share. */
export interface FeatureFile {
  /** Constraints of each segment by its id; null for a segment whose constraints the file does not have. */
  readonly segments: ReadonlyMap<unknown, unknown>;
}

type Ask = (parameters: Members, scope: { readonly feature: string; readonly findings: Findings }) => Truth | Rollout;

/** Unleash counts in whole percents, so that a fraction of one lets nobody in. */
function wholePercent(value: unknown): number {
  const percent = Math.floor(numberOf(value));
  return Number.isNaN(percent) ? 0 : Math.min(Math.max(percent, 0), 100);
}

function groupOf(parameters: Members, otherwise: string): string {
  const group = own(parameters, 'groupId');
  return (typeof group === 'string' && group !== '') || typeof group === 'number' ? String(group) : otherwise;
}

function byChance(percent: number, findings: Findings): Truth {
  if (percent === 0 || percent === 100) return percent === 100;
  return refuseFlag(findings, `gives ${percent} % of the evaluations to chance: evaluation here knows none`);
}

const flexibleRollout: Ask = (parameters, { feature, findings }) => {
  const percent = wholePercent(own(parameters, 'rollout'));
  const salt = groupOf(parameters, feature);
  if (groupOf(parameters, '') === '')
    findings.notes.add('A rollout without groupId is bucketed by the name of the feature; some SDKs of Unleash take an empty one.');
  const stickiness = own(parameters, 'stickiness');
  if (stickiness === 'random') return byChance(percent, findings);
  if (typeof stickiness === 'string' && stickiness !== '' && stickiness !== 'default')
    return { by: [attributeName(stickiness)], salt, percent, isOpen: false };
  if (percent > 0 && percent < 100)
    findings.notes.add('Contexts with neither targetingKey nor sessionId, which Unleash gives to chance, are out of its rollouts here.');
  return { by: ['targetingKey', 'sessionId'], salt, percent, isOpen: true };
};

function stickyRollout(by: string): Ask {
  return (parameters) => ({ by: [by], salt: groupOf(parameters, ''), percent: wholePercent(own(parameters, 'percentage')), isOpen: false });
}

const remoteAddress: Ask = (parameters) => {
  const addresses = commaSeparated(own(parameters, 'IPs'));
  const ranges = addresses.filter((address) => !address.includes(':') && parseRange(address) !== null);
  return any(
    addresses.length > 0 && { attribute: 'remoteAddress', op: 'in', values: addresses },
    ranges.length > 0 && { attribute: 'remoteAddress', op: 'in_cidr', values: ranges },
  );
};

const userWithId: Ask = (parameters) => {
  const values = commaSeparated(own(parameters, 'userIds'));
  return values.length > 0 && { attribute: 'targetingKey', op: 'in', values };
};

const applicationHostname: Ask = (parameters, { findings }) => {
  const names = commaSeparated(own(parameters, 'hostNames'));
  return names.length > 0 && refuseFlag(findings, `looks at the name of the host it runs on: ${quote(names.join(', '))}`);
};

const strategies: ReadonlyMap<unknown, Ask> = new Map<unknown, Ask>([
  ['default', () => true],
  ['flexibleRollout', flexibleRollout],
  ['gradualRolloutUserId', stickyRollout('targetingKey')],
  ['gradualRolloutSessionId', stickyRollout('sessionId')],
  ['gradualRolloutRandom', (parameters, { findings }) => byChance(wholePercent(own(parameters, 'percentage')), findings)],
  ['userWithId', userWithId],
  ['remoteAddress', remoteAddress],
  ['applicationHostname', applicationHostname],
]);

function segmentTruth(id: unknown, { segments }: FeatureFile, findings: Findings): Truth {
  const constraints = segments.get(id);
  if (constraints === null)
    return refuseFlag(findings, `uses the segment ${quote(id)}, whose constraints are not in the file; the client payload has them`);
  if (constraints === undefined) {
    findings.notes.add(`A strategy that uses the segment ${quote(id)}, which is not in the file, never holds, as in Unleash.`);
    return false;
  }
  findings.notes.add('The constraints of its segments are put in place.');
  return constraintsTruth(constraints, findings);
}

/** Reads a strategy of a feature; what cannot be said exactly is refused in the findings. */
export function toStrategy(strategy: Members, feature: string, file: FeatureFile & { readonly findings: Findings }): Strategy {
  const { findings } = file;
  const ask = strategies.get(own(strategy, 'name'));
  const parameters = own(strategy, 'parameters');
  const ids = own(strategy, 'segments');
  const segments = (Array.isArray(ids) ? ids : []).map((id: unknown) => segmentTruth(id, file, findings));
  const when = allOf([constraintsTruth(own(strategy, 'constraints'), findings), ...segments]);
  if (ask === undefined) refuseFlag(findings, `uses the strategy ${quote(own(strategy, 'name'))}, which only its own programs know`);
  const answer = ask?.(isMembers(parameters) ? parameters : {}, { feature, findings }) ?? false;
  return typeof answer === 'object' && 'percent' in answer ? { when, rollout: answer } : { when: all(when, answer), rollout: null };
}

/** Whether a context is in a rollout, as a condition: the first attribute that it has decides. */
export function rolloutTruth({ by, salt, percent, isOpen }: Rollout): Truth {
  if (percent === 0 || (percent === 100 && isOpen)) return percent === 100;
  const earlier: Truth[] = [];
  const ways = by.map((attribute) => {
    const isIn: Truth = { bucket: { by: attribute, hash: 'unleash-murmur3', salt, share: percent * 1000 } };
    const way = all(...earlier, isIn);
    earlier.push(not(hasKey(attribute)));
    return way;
  });
  return any(...ways);
}
