import { mustBe, mustBeEmpty, parsePath, readKey } from './attributes.js';
import { choicePosition, type Draw, isInShare, prepareSalt, SHARE_TOTAL } from './hash.js';
import type { Bucket, Flag, Resolution, Serve, Split } from './model.js';
import { START } from './murmur3.js';
import type { Choice, Holds, Rung } from './prepared.js';
import { NONE } from './reach.js';
import { type Cause, failure, type Serving } from './resolutions.js';

/** The largest sum of weights for which positions are exact. */
export const MAX_WEIGHT_TOTAL = 2 ** 21;

function mustBeWhole(value: number, max: number): void {
  mustBe(value >>> 0 === value && value <= max);
}

function drawOf({ by, hash, salt, share, ...others }: Bucket): Draw {
  mustBe(typeof salt === 'string');
  mustBeWhole(share, SHARE_TOTAL);
  mustBeEmpty(others);
  return { ...prepareSalt(hash, salt), path: parsePath(by), share };
}

/** Whether a context has a key and that key is in the share; throws for a shape this engine does not know. */
export function prepareBucket(bucket: Bucket): Holds {
  const draw = drawOf(bucket);
  return (context) => {
    const key = readKey(context, draw.path);
    return key !== '' && isInShare(draw, key);
  };
}

const EVERYONE: Draw = { ...START, placement: undefined, path: '', share: -1 };

/** A rung that stops everyone and serves them one resolution, save for those who are in the share of a draw. */
export function rungOf(others: Resolution, draw: Draw = EVERYONE, choices: readonly Choice[] = []): Rung {
  const { hash, pending, length, placement, path, share } = draw;
  const only = choices.length > 1 ? undefined : choices[0]?.resolution;
  // By name: objects made by spreading do not share their shape.
  return {
    type: undefined,
    source: undefined,
    needs: NONE,
    next: null,
    when: null,
    path,
    share,
    hash,
    pending,
    length,
    placement,
    others,
    only,
    choices,
  };
}

function prepareSplit({ stage, weights, rest, ...bucket }: Split, serving: Serving): Rung {
  const draw = drawOf(bucket);
  const cause: Cause = { reason: 'SPLIT', stage, by: draw.path };
  mustBe(/string|undefined/.test(typeof stage) && (rest === null || typeof rest === 'string'));
  let total = 0;
  const choices = weights.map(([variant, weight]): Choice => {
    mustBe(typeof variant === 'string');
    mustBeWhole(weight, MAX_WEIGHT_TOTAL);
    total += weight;
    return { limit: total, resolution: serving(variant, cause) };
  });
  mustBe(total <= MAX_WEIGHT_TOTAL && draw.share <= total * SHARE_TOTAL);
  return rungOf(serving(rest, cause), draw, choices);
}

/** The rung of what a rule or the default serves; throws for a shape this engine does not know. */
export function prepareServe(serve: Serve, serving: Serving, reason: Cause['reason']): Rung {
  mustBe(Object.keys(serve).length === 1);
  if ('split' in serve) return prepareSplit(serve.split, serving);
  mustBe(typeof serve.variant === 'string');
  return rungOf(serving(serve.variant, { reason }));
}

/** What those get who are in the share. Apart from `answer`, so that a split of one variant fits into its caller's compiled code. */
function choose(rung: Rung, key: string): Resolution {
  const at = choicePosition(rung, key, rung.choices.at(-1)?.limit ?? 0);
  return rung.choices.find(({ limit }) => at < limit)?.resolution ?? rung.others;
}

/** What is served to a context that stops at a rung. */
export function answer(rung: Rung, context: unknown, flag: Flag): Resolution {
  const { path, share, others } = rung;
  if (share < 0) return others;
  const key = readKey(context, path);
  if (!key) return failure(flag, 'TARGETING_KEY_MISSING', `No ${path}`);
  if (!isInShare(rung, key)) return others;
  return rung.only ?? choose(rung, key);
}
