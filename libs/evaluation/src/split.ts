import { isRecord, mustBe, type Path, parsePath, readKey } from './attributes.js';
import { choicePosition, prepareSalt, type Salted, SHARE_TOTAL, sharePosition } from './hash.js';
import type { Flag, Resolution, Split } from './model.js';
import { type Cause, failure, type Serving } from './resolutions.js';

/** The largest sum of weights for which positions are exact. */
export const MAX_WEIGHT_TOTAL = 2 ** 21;

/** Sum of the weights of a split. */
export function weightTotal({ weights }: Pick<Split, 'weights'>): number {
  return weights.reduce((total, [, weight]) => total + weight, 0);
}

/** One of the variants of a split: for positions below `limit`, and not below that of the variant before. */
interface Choice {
  readonly limit: number;
  readonly resolution: Resolution;
}

/** A split made ready. */
export interface PreparedSplit {
  readonly flag: Flag;
  readonly path: Path;
  readonly salted: Salted;
  readonly share: number;
  readonly total: number;
  readonly choices: readonly Choice[];
  readonly others: Resolution;
}

/** What a rule or the default serves: one answer to everyone, or a split. */
export type Served = Resolution | PreparedSplit;

function isWhole(value: unknown, max: number): value is number {
  return typeof value === 'number' && value >>> 0 === value && value <= max;
}

/** What buckets and splits have in common, read. */
interface Drawn {
  readonly path: Path;
  readonly salted: Salted;
  readonly share: number;
  /** The other members. */
  readonly more: { readonly [name: string]: unknown };
}

function draw(value: unknown): Drawn {
  mustBe(isRecord(value));
  const { by, hash, salt, share, ...more } = value;
  mustBe(typeof salt === 'string' && isWhole(share, SHARE_TOTAL));
  return { path: parsePath(by), salted: prepareSalt(hash, salt), share, more };
}

/** Whether a context has a key and that key is in the share; throws for a shape this engine does not know. */
export function prepareBucket(bucket: unknown): (context: unknown) => boolean {
  const { path, salted, share, more } = draw(bucket);
  mustBe(Object.keys(more).length === 0);
  return (context) => {
    const key = readKey(context, path);
    return key !== undefined && sharePosition(salted, key) < share;
  };
}

function prepareSplit(split: unknown, flag: Flag, serving: Serving): PreparedSplit {
  const { path, salted, share, more } = draw(split);
  const { stage, weights, rest, ...others } = more;
  mustBe((stage === undefined || typeof stage === 'string') && (rest === null || typeof rest === 'string'));
  mustBe(Array.isArray(weights) && Object.keys(others).length === 0);
  const cause: Cause = { reason: 'SPLIT', stage };
  let total = 0;
  const choices = weights.map(([variant, weight]) => {
    mustBe(typeof variant === 'string' && isWhole(weight, MAX_WEIGHT_TOTAL));
    total += weight;
    return { limit: total, resolution: serving(variant, cause) };
  });
  mustBe(total <= MAX_WEIGHT_TOTAL && share <= total * SHARE_TOTAL);
  return { flag, path, salted, share, total, choices, others: serving(rest, cause) };
}

function choose(split: PreparedSplit, key: string): Resolution {
  const at = split.choices.length > 1 ? choicePosition(split.salted, key, split.total) : 0;
  for (const { limit, resolution } of split.choices) if (at < limit) return resolution;
  return split.others;
}

/** What is served to a context. */
export function serve(served: Served, context: unknown): Resolution {
  if (!('choices' in served)) return served;
  const key = readKey(context, served.path);
  if (key === undefined) return failure(served.flag, 'TARGETING_KEY_MISSING', `No ${served.path}`);
  return sharePosition(served.salted, key) < served.share ? choose(served, key) : served.others;
}

/** Makes what a rule or the default serves ready; throws for a shape this engine does not know. */
export function prepareServe(served: unknown, flag: Flag, serving: Serving, reason: Cause['reason']): Served {
  mustBe(isRecord(served) && Object.keys(served).length === 1);
  return typeof served.variant === 'string' ? serving(served.variant, { reason }) : prepareSplit(served.split, flag, serving);
}
