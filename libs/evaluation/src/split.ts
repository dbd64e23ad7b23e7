import { isRecord, parsePath, readKey } from './attributes.js';
import type { Split } from './model.js';
import { absorb, finish, scale, seeded } from './murmur3.js';
import type { Answer } from './prepared.js';
import type { Cause, Resolutions } from './resolutions.js';

/** Positions of the share: 100 000 is everyone. */
export const SHARE_TOTAL = 100_000;

/** The largest sum of weights for which positions are exact. */
export const MAX_WEIGHT_TOTAL = 2 ** 21;

/** Sum of the weights of a split. */
export function weightTotal({ weights }: Split): number {
  return weights.reduce((total, [, weight]) => total + weight, 0);
}

function isWhole(value: unknown, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

function isShape(value: unknown): value is Split {
  if (!isRecord(value)) return false;
  const { by, hash, salt, stage = '', share, weights, rest, ...others } = value;
  const areTexts = [by, salt, stage, rest ?? ''].every((text) => typeof text === 'string');
  const areWeights = Array.isArray(weights) && weights.every((pair) => typeof pair[0] === 'string' && isWhole(pair[1], MAX_WEIGHT_TOTAL));
  return areTexts && areWeights && hash === 'native' && isWhole(share, SHARE_TOTAL) && Object.keys(others).length === 0;
}

function prepareSplit(split: unknown, resolutions: Resolutions): Answer | null {
  if (!isShape(split)) return null;
  const { salt, stage, share, weights, rest } = split;
  const by = parsePath(split.by);
  const total = weightTotal(split);
  if (by === null || total > MAX_WEIGHT_TOTAL || share > total * SHARE_TOTAL) return null;
  const cause: Cause = stage === undefined ? { reason: 'SPLIT' } : { reason: 'SPLIT', stage };
  const choices = weights.map(([variant, weight]) => ({ weight, resolution: resolutions.serve(variant, cause) }));
  const others = resolutions.serve(rest, cause);
  const missing = resolutions.error('TARGETING_KEY_MISSING', `No ${split.by}`);
  const shares = absorb(seeded(0), `${salt}:`);
  const variants = absorb(shares, 'v:');
  return (context) => {
    const key = readKey(context, by);
    if (key === undefined) return missing;
    if (scale(finish(absorb(shares, key)), SHARE_TOTAL) >= share) return others;
    let left = choices.length > 1 ? scale(finish(absorb(variants, key)), total) : 0;
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
