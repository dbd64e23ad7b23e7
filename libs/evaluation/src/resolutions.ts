import type { Path } from './attributes.js';
import type { ErrorCode, Flag, Reason, Resolution } from './model.js';

/** Freezes a value and all it holds, so that nobody who is served it can change what others are served. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

/** Where a counter keeps what it counts this resolution with; hidden from whoever looks at the resolution as data. */
const TALLY = Symbol();

/** A place for whoever counts resolutions; only they write it. */
export interface Tally {
  /** Who counts here; whoever comes while somebody does counts elsewhere. */
  owner: object | undefined;
  /** What the owner counted and did not take over yet. */
  noted: number;
  /** What tells contexts apart in a hash of theirs, once it is known. */
  seed: number | undefined;
  /** The attribute by which a split divided the contexts, if one did. */
  readonly by: Path | undefined;
}

/** The tally of a resolution; undefined for one that was made for a single answer. */
export function tallyOf(resolution: Resolution & { readonly [TALLY]?: Tally }): Tally | undefined {
  return resolution[TALLY];
}

/** An answer without a value: the caller's default applies. */
export function failure(
  { key, version, metadata }: Pick<Flag, 'key' | 'version' | 'metadata'>,
  errorCode: ErrorCode,
  errorMessage: string,
): Resolution {
  return { flag: key, version, metadata: { ...metadata }, reason: 'ERROR', errorCode, errorMessage };
}

/** Why a flag serves what it serves. */
export interface Cause {
  readonly reason: Exclude<Reason, 'ERROR'>;
  readonly stage?: string | undefined;
  readonly by?: Path;
  /** What this cause adds to the flag's metadata. */
  readonly marks?: Flag['metadata'] | undefined;
}

/** What serving a variant answers; null is the code default, a name without variant an error. */
export type Serving = (variant: string | null, cause: Cause) => Resolution;

/** Makes the resolutions of one flag; the same variant for the same cause is the same object. */
export function servingOf(flag: Flag): Serving {
  const { key, version, variants, metadata } = flag;
  Object.values(variants).forEach(freeze);
  const known = new Map<string, Resolution>();
  return (variant, { reason, stage, by, marks }) => {
    const name = JSON.stringify([variant, reason, stage, marks]);
    const before = known.get(name);
    if (before) return before;
    // By assigning: objects made by spreading do not share their shape, which would make every evaluation slower.
    const origin = { flag: key, version, metadata: { ...metadata, ...marks }, reason, stage };
    const value = variant !== null && Object.hasOwn(variants, variant) ? variants[variant] : undefined;
    const served = value === undefined ? failure(flag, 'GENERAL', `No variant ${variant}`) : Object.assign(origin, { variant, value });
    const made: Resolution = variant === null ? origin : served;
    known.set(name, freeze(Object.defineProperty(made, TALLY, { value: { owner: undefined, noted: 0, seed: undefined, by } })));
    return made;
  };
}
