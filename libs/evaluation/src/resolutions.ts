import type { ErrorCode, Flag, FlagValue, Reason, Resolution } from './model.js';

type Metadata = Flag['metadata'];

/** Why a flag serves what it serves. */
export interface Cause {
  readonly reason: Exclude<Reason, 'ERROR'>;
  readonly stage?: string | undefined;
  /** What this cause adds to the flag's metadata. */
  readonly marks?: Metadata;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Freezes a value and all it holds, so that nobody who is served it can change what others are served. */
function freeze(value: unknown): void {
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isObject(next) || Object.isFrozen(next)) continue;
    Object.freeze(next);
    open.push(...Object.values(next).filter(isObject));
  }
}

/** Makes every resolution of one flag; the same variant for the same cause is the same object. */
export class Resolutions {
  readonly #flag: Flag;
  readonly #made = new Map<string, Resolution>();

  constructor(flag: Flag) {
    this.#flag = flag;
    freeze(flag.variants);
    freeze(flag.metadata);
  }

  #origin(stage: string | undefined, marks: Metadata = {}) {
    const { key, version, metadata } = this.#flag;
    const hasMarks = Object.keys(marks).length > 0;
    return {
      flag: key,
      version,
      ...(stage === undefined ? {} : { stage }),
      metadata: hasMarks ? Object.freeze({ ...metadata, ...marks }) : metadata,
    };
  }

  #value(variant: string): FlagValue | undefined {
    return Object.hasOwn(this.#flag.variants, variant) ? this.#flag.variants[variant] : undefined;
  }

  #make(variant: string | null, { reason, stage, marks }: Cause): Resolution {
    const origin = this.#origin(stage, marks);
    if (variant === null) {
      return reason === 'STATIC' ? { ...origin, reason: 'DEFAULT' } : { ...origin, reason };
    }
    const value = this.#value(variant);
    if (value === undefined) return this.error('GENERAL', `The flag has no variant ${JSON.stringify(variant)}.`);
    return { ...origin, reason, variant, value };
  }

  /** What serving a variant answers; null is the code default, a name without variant an error. */
  serve(variant: string | null, cause: Cause): Resolution {
    const id = JSON.stringify([variant, cause]);
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const made = Object.freeze(this.#make(variant, cause));
    this.#made.set(id, made);
    return made;
  }

  /** An answer without a value: the caller's default applies. */
  error(errorCode: ErrorCode, errorMessage: string): Resolution {
    return Object.freeze({ ...this.#origin(undefined), reason: 'ERROR' as const, errorCode, errorMessage });
  }
}

/** What asking for a flag that does not exist answers. */
export function notFound(flag: string): Resolution {
  return {
    flag,
    version: 0,
    metadata: {},
    reason: 'ERROR',
    errorCode: 'FLAG_NOT_FOUND',
    errorMessage: `There is no flag ${JSON.stringify(flag)}.`,
  };
}
