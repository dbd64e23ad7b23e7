import type { ErrorCode, Flag, Reason, Resolution } from './model.js';

/** Why a flag serves what it serves. */
export interface Cause {
  readonly reason: Exclude<Reason, 'ERROR'>;
  readonly stage?: string;
  /** What this cause adds to the flag's metadata. */
  readonly marks?: Flag['metadata'] | undefined;
}

/** Freezes a value and all it holds, so that nobody who is served it can change what others are served. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.values(value).forEach(freeze);
  Object.freeze(value);
}

/** What asking for a flag that does not exist answers. */
export function notFound(flag: string): Resolution {
  return { flag, version: 0, metadata: {}, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND', errorMessage: 'No flag' };
}

/** Makes every resolution of one flag; the same variant for the same cause is the same object. */
export class Resolutions {
  readonly #flag: Flag;
  readonly #made = new Map<string, Resolution>();

  constructor(flag: Flag) {
    this.#flag = flag;
  }

  #once(id: readonly unknown[], make: () => Resolution): Resolution {
    const name = JSON.stringify(id);
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = make();
    freeze(made);
    this.#made.set(name, made);
    return made;
  }

  #origin(marks?: Flag['metadata']) {
    const { key, version, metadata } = this.#flag;
    return { flag: key, version, metadata: { ...metadata, ...marks } };
  }

  /** What serving a variant answers; null is the code default, a name without variant an error. */
  serve(variant: string | null, cause: Cause): Resolution {
    const { variants } = this.#flag;
    const { marks, ...why } = cause;
    if (variant === null) return this.#once([cause], () => ({ ...this.#origin(marks), ...why }));
    const value = Object.hasOwn(variants, variant) ? variants[variant] : undefined;
    if (value === undefined) return this.error('GENERAL', `No variant ${variant}`);
    return this.#once([cause, variant], () => ({ ...this.#origin(marks), ...why, variant, value }));
  }

  /** An answer without a value: the caller's default applies. */
  error(errorCode: ErrorCode, errorMessage: string): Resolution {
    return this.#once([errorMessage], () => ({ ...this.#origin(), reason: 'ERROR', errorCode, errorMessage }));
  }
}
