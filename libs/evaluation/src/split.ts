import { isRecord, type Path, parsePath, readKey } from './attributes.js';
import { type Placement, placement, SHARE_TOTAL } from './hash.js';
import type { Split } from './model.js';
import type { Answer } from './prepared.js';
import type { Cause, Resolutions } from './resolutions.js';

/** The largest sum of weights for which positions are exact. */
export const MAX_WEIGHT_TOTAL = 2 ** 21;

/** Sum of the weights of a split. */
export function weightTotal({ weights }: Pick<Split, 'weights'>): number {
  return weights.reduce((total, [, weight]) => total + weight, 0);
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

/** What buckets and splits have in common, read. */
interface Drawn {
  readonly by: Path;
  readonly place: Placement;
  readonly share: number;
  /** The other members. */
  readonly more: { readonly [name: string]: unknown };
}

function draw(value: unknown): Drawn | null {
  if (!isRecord(value)) return null;
  const { by, hash, salt, share, ...more } = value;
  const path = parsePath(by);
  const place = typeof salt === 'string' ? placement(hash, salt) : undefined;
  return path && place && isWhole(share, SHARE_TOTAL) ? { by: path, place, share, more } : null;
}

/** Whether a context has a key and that key is in the share; null for a shape this engine does not know. */
export function prepareBucket(bucket: unknown): ((context: unknown) => boolean) | null {
  const drawn = draw(bucket);
  if (drawn === null || Object.keys(drawn.more).length > 0) return null;
  const { by, place, share } = drawn;
  return (context) => {
    const key = readKey(context, by);
    return key !== undefined && place.share(key) < share;
  };
}

type Weighted = Pick<Split, 'stage' | 'weights' | 'rest'>;

function isWeighted(more: Partial<Record<keyof Weighted, unknown>>): more is Weighted {
  const { stage = '', weights, rest, ...others } = more;
  const areTexts = typeof stage === 'string' && typeof (rest ?? '') === 'string';
  const areWeights = Array.isArray(weights) && weights.every((pair) => typeof pair[0] === 'string' && isWhole(pair[1], MAX_WEIGHT_TOTAL));
  return areTexts && areWeights && Object.keys(others).length === 0;
}

function prepareSplit(split: unknown, resolutions: Resolutions): Answer | null {
  const drawn = draw(split);
  if (drawn === null || !isWeighted(drawn.more)) return null;
  const { by, place, share } = drawn;
  const { stage, weights, rest } = drawn.more;
  const total = weightTotal(drawn.more);
  if (total > MAX_WEIGHT_TOTAL || share > total * SHARE_TOTAL) return null;
  const cause: Cause = { reason: 'SPLIT', ...(stage !== undefined && { stage }) };
  const choices = weights.map(([variant, weight]) => ({ weight, resolution: resolutions.serve(variant, cause) }));
  const others = resolutions.serve(rest, cause);
  const missing = resolutions.error('TARGETING_KEY_MISSING', `No ${by.join('/')}`);
  return (context) => {
    const key = readKey(context, by);
    if (key === undefined) return missing;
    if (place.share(key) >= share) return others;
    let left = choices.length > 1 ? place.choice(key, total) : 0;
    for (const { weight, resolution } of choices) {
      left -= weight;
      if (left < 0) return resolution;
    }
    return others;
  };
}

/** Makes what a rule or the default serves ready; null for a shape this engine does not know. */
export function prepareServe(serve: unknown, resolutions: Resolutions, reason: Cause['reason']): Answer | null {
  if (!isRecord(serve) || Object.keys(serve).length !== 1) return null;
  if (typeof serve.variant !== 'string') return prepareSplit(serve.split, resolutions);
  const served = resolutions.serve(serve.variant, { reason });
  return () => served;
}
