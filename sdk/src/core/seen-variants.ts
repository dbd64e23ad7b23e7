import { type EvaluationContext, murmur3, type Resolution } from '@ballast/evaluation';

/** Contexts that are remembered; the one that was heard of longest ago is forgotten first. */
export const MAX_CONTEXTS = 10_000;
/** Flags that are remembered of one context. */
export const MAX_FLAGS = 100;

/** Bits that a second hash adds to the first. */
const MORE = 2 ** 20;

/** A context by 52 bits of its targeting key; undefined without one. */
function nameOf(context: EvaluationContext): number | undefined {
  const { targetingKey } = context;
  if (typeof targetingKey !== 'string' || targetingKey === '') return undefined;
  return murmur3(targetingKey, 0) * MORE + (murmur3(targetingKey, 1) >>> 12);
}

/** Remembers which variants contexts were served lately: by hashes, within bounds. */
export class SeenVariants {
  readonly #contexts = new Map<number, Map<string, Resolution>>();

  /** A context was served this. */
  see(context: EvaluationContext, resolution: Resolution): void {
    const name = nameOf(context);
    if (name === undefined || resolution.errorCode) return;
    const seen = this.#contexts.get(name) ?? new Map<string, Resolution>();
    this.#contexts.delete(name);
    this.#contexts.set(name, seen);
    if (seen.size < MAX_FLAGS || seen.has(resolution.flag)) seen.set(resolution.flag, resolution);
    const [eldest] = this.#contexts.keys();
    if (this.#contexts.size > MAX_CONTEXTS && eldest !== undefined) this.#contexts.delete(eldest);
  }

  /** What a context was served last, of each flag. */
  of(context: EvaluationContext): readonly Resolution[] {
    const name = nameOf(context);
    return name === undefined ? [] : [...(this.#contexts.get(name)?.values() ?? [])];
  }
}
