import type { PreparedFlag } from '@ballast/evaluation';
import type { Evaluated, Findings } from './findings.js';

/** What an environment knows of flags, and how old a count may be. */
export interface Known {
  /** `project/environment`. */
  readonly environment: string;
  readonly flags: ReadonlyMap<string, PreparedFlag>;
  /** Nothing older can be counted. */
  readonly oldest: number;
}

/** Findings without what cannot be counted. */
export interface Sorted extends Findings {
  /** How often flags were evaluated that do not exist, by key. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Why evaluations are refused, and how many for each reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** The spans or log records that they are from. */
  readonly rejected: ReadonlySet<number>;
}

function objectionTo({ flag, variant, at }: Evaluated, { flags, oldest }: Known): string | null {
  if (at !== 0 && at < oldest) return 'older than 48 hours';
  const known = flags.get(flag);
  if (known === undefined) return 'of no flag of this environment';
  return variant === undefined || Object.hasOwn(known.source.variants, variant) ? null : 'of no variant of the flag';
}

/** Tells what can be counted from what cannot. Evaluations of another flag set are none of ours, and nothing is said of them. */
export function sortFindings({ evaluations, roots }: Findings, known: Known): Sorted {
  const refused = new Map<string, number>();
  const unknown = new Map<string, number>();
  const rejected = new Set<number>();
  const sound = evaluations.filter((evaluated) => {
    if (evaluated.set !== undefined && evaluated.set !== known.environment) return false;
    const objection = objectionTo(evaluated, known);
    if (objection === null) return true;
    rejected.add(evaluated.record);
    refused.set(objection, (refused.get(objection) ?? 0) + 1);
    if (!known.flags.has(evaluated.flag)) unknown.set(evaluated.flag, (unknown.get(evaluated.flag) ?? 0) + 1);
    return false;
  });
  return { evaluations: sound, roots: roots.filter(({ at }) => at >= known.oldest), unknown, refused, rejected };
}
