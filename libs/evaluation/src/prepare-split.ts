import { isRecord, parsePath } from './attributes.js';
import { hashPrefix } from './murmur3.js';
import type { PreparedServe, PreparedSplit } from './prepared.js';
import type { Resolutions } from './resolutions.js';

/** Positions of the share: 100 000 is everyone. */
export const SHARE_TOTAL = 100_000;

/** The largest sum of weights for which positions are exact. */
export const MAX_WEIGHT_TOTAL = 2 ** 21;

const members = new Set(['by', 'hash', 'salt', 'stage', 'share', 'weights', 'rest']);

type Weights = readonly (readonly [variant: string, weight: number])[];

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

function isWeights(value: unknown): value is Weights {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && isWhole(pair[1], MAX_WEIGHT_TOTAL);
  return Array.isArray(value) && value.every(isPair);
}

function sum(weights: Weights): number {
  return weights.reduce((total, [, weight]) => total + weight, 0);
}

function prepareSplit(split: unknown, resolutions: Resolutions): PreparedSplit | null {
  if (!isRecord(split) || split.hash !== 'native' || !Object.keys(split).every((name) => members.has(name))) return null;
  const { by, salt, stage, share, weights, rest } = split;
  const path = typeof by === 'string' ? parsePath(by) : null;
  if (path === null || typeof salt !== 'string' || !isWhole(share, SHARE_TOTAL) || !isWeights(weights)) return null;
  if ((rest !== null && typeof rest !== 'string') || (stage !== undefined && typeof stage !== 'string')) return null;
  const total = sum(weights);
  if (total > MAX_WEIGHT_TOTAL || (total === 0 && share > 0)) return null;
  const cause = { reason: 'SPLIT', stage } as const;
  let below = 0;
  const choices = weights.map(([variant, weight]) => {
    below += weight;
    return { below, resolution: resolutions.serve(variant, cause) };
  });
  return {
    by: path,
    share,
    sharePrefix: hashPrefix(`${salt}:`),
    variantPrefix: hashPrefix(`${salt}:v:`),
    total,
    choices,
    rest: resolutions.serve(rest, cause),
    missing: resolutions.error('TARGETING_KEY_MISSING', `The context has no ${JSON.stringify(path.name)} to split by.`),
  };
}

/** Makes what a rule or the default serves ready; null for a shape this engine does not know. */
export function prepareServe(
  serve: unknown,
  resolutions: Resolutions,
  reason: 'TARGETING_MATCH' | 'DEFAULT' | 'STATIC',
): PreparedServe | null {
  if (!isRecord(serve) || Object.keys(serve).length !== 1) return null;
  if (typeof serve.variant === 'string') return { split: null, resolution: resolutions.serve(serve.variant, { reason }) };
  const split = prepareSplit(serve.split, resolutions);
  return split === null ? null : { split };
}
