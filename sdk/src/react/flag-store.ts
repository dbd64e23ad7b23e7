import type { EvaluationContext } from '@ballast/evaluation';
import type { Client, Details } from '../core/api.js';

/** A client with the overloads of `details` seen as one. */
type Evaluator = Pick<Client, 'on' | 'revision'> & {
  details(key: string, defaultValue: unknown, context?: EvaluationContext): Details<unknown>;
};

/**
 * The answers of one client for one context, kept until the client says that they may have changed. So a flag is evaluated, and counted,
 * once for each change, however often components render, and an answer that is the same stays the same object.
 */
export class FlagStore {
  readonly #client: Client;
  readonly #context: EvaluationContext | undefined;
  readonly #answers = new Map<string, Details<unknown>>();
  /** Answers that may have changed; what was answered before is kept for comparison. */
  readonly #outdated = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #revision: number | undefined;
  #stop: (() => void) | undefined;

  constructor(client: Client, context: EvaluationContext | undefined) {
    this.#client = client;
    this.#context = context;
    this.#revision = client.revision;
  }

  /**
   * The answer of a flag for defaults of one type; the same object as long as it is the same answer, and the same value as long as it is
   * equal. Where it has no variant, the caller's default counts.
   */
  answer(key: string, defaultValue: unknown): Details<unknown> {
    if (!this.#stop && this.#client.revision !== this.#revision) this.#invalidate();
    const name = `${typeof defaultValue} ${key}`;
    const known = this.#answers.get(name);
    if (known && !this.#outdated.delete(name)) return known;
    const client: Evaluator = this.#client;
    const answer = latest(known, client.details(key, defaultValue, this.#context));
    this.#answers.set(name, answer);
    return answer;
  }

  /** Calls a listener whenever answers may have changed; returns what ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#stop ??= this.#listen();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
      this.#invalidate();
    };
  };

  #listen(): () => void {
    if (this.#client.revision !== this.#revision) this.#invalidate();
    const changed = (keys?: readonly string[]): void => {
      this.#invalidate(keys);
      for (const listener of this.#listeners) listener();
    };
    const confirmed = (): void => {
      if (this.#client.revision !== this.#revision) changed();
    };
    const ends = [
      this.#client.on('configurationChanged', ({ keys }) => changed(keys)),
      this.#client.on('contextChanged', () => changed()),
      this.#client.on('ready', confirmed),
      this.#client.on('stale', confirmed),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Marks the answers of some flags, or of all, as perhaps changed. */
  #invalidate(keys?: readonly string[]): void {
    this.#revision = this.#client.revision;
    for (const [name, { key }] of this.#answers) if (!keys || keys.includes(key)) this.#outdated.add(name);
  }
}

/** What was answered before where nothing else is answered now. */
function latest(known: Details<unknown> | undefined, now: Details<unknown>): Details<unknown> {
  if (!known) return now;
  const isSame = (['variant', 'reason', 'errorCode', 'version'] as const).every((name) => known[name] === now[name]);
  if (now.variant === undefined) return isSame ? known : now;
  if (JSON.stringify(known.value) !== JSON.stringify(now.value)) return now;
  return isSame ? known : { ...now, value: known.value };
}
