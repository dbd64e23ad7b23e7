import { type EvaluationContext, evaluate } from '@ballast/evaluation';
import { type ProcessLoad, SLOT_MS } from '@ballast/protocol';
import { CoreClient, contextOf } from './client.js';
import { type Core, later, tell } from './core.js';
import { FullCounters } from './full-counters.js';
import type { Hook } from './hooks.js';
import type { Health, Insights, TrackOptions } from './insights.js';
import { attempt, isContext, membersOf } from './json.js';
import { MAX_KEY_LENGTH } from './limits.js';
import { slotOpened } from './reporter.js';
import { SeenVariants } from './seen-variants.js';
import type { Platform } from './transport.js';

const DEFAULT_SLOW_MS = [500];
const MAX_THRESHOLDS = 4;
const MAX_THRESHOLD_MS = 3_600_000;
/** The largest value of one event, either way. */
const MAX_VALUE = 1_000_000_000;

/** A sign of life tells of the process, and that there is nothing else to tell: soon after the start, and then again and again. */
const FIRST_SIGN_MS = 10_000;
const NEXT_SIGN_MS = 60_000;

/** What a client holds of its insights; empty while it counts nothing. */
interface Book {
  core?: Core;
  counters?: FullCounters;
}

/** A client that counts more than evaluations and outcomes. */
export class InsightfulClient extends CoreClient implements Insights {
  readonly #book: Book;
  readonly #seen: SeenVariants | undefined;

  /** `busy` tells how busy the process is, where that is known. */
  constructor(platform: Platform, options: unknown, busy?: () => ProcessLoad | undefined) {
    const book: Book = {};
    const seen = membersOf(options).tracking === true ? new SeenVariants() : undefined;
    const countersOf = (core: Core): FullCounters => {
      const counters = new FullCounters(core.now, (msLeft) => slotOpened(core, msLeft), {
        slowMs: thresholdsOf(core, options),
        busy,
      });
      Object.assign(book, { core, counters });
      if (busy) signLater(core, counters, FIRST_SIGN_MS);
      return counters;
    };
    super(platform, seen ? { ...membersOf(options), hooks: hooksWith(options, book, seen) } : options, countersOf);
    this.#book = book;
    this.#seen = seen;
  }

  track(event: string, context?: EvaluationContext, options?: TrackOptions): void {
    const { core, counters } = this.#book;
    if (!core || !counters || core.counters !== counters) return;
    const { value = 0 } = membersOf(options);
    const served = attempt(() => this.#seen?.of(contextOf(core, context))) ?? [];
    const problem = this.#objectionTo(event, value);
    if (problem !== undefined) tell(core, problem);
    else if (served.filter((resolution) => !counters.track(event, Number(value), resolution)).length > 0)
      tell(core, 'too many tracked events');
    if (served.length > 0) slotOpened(core, SLOT_MS - (core.now() % SLOT_MS));
  }

  count(key: string, context: EvaluationContext, health: Health): void {
    const { core, counters } = this.#book;
    if (!core || !counters || core.counters !== counters || !isContext(health)) return;
    const { state } = core;
    const resolution = state && attempt(() => evaluate(state, key, contextOf(core, context)));
    if (resolution && !resolution.errorCode) attempt(() => counters.health(resolution, health));
  }

  #objectionTo(event: unknown, value: unknown): string | undefined {
    if (!this.#seen) return 'track needs the option tracking';
    if (typeof event !== 'string' || event === '' || event.length > MAX_KEY_LENGTH) return 'an event needs a name';
    return typeof value === 'number' && Math.abs(value) <= MAX_VALUE ? undefined : `the value of ${event} is not a number of its size`;
  }
}

/** Gives a sign of life as long as there is a stream, or is to be one: the server knows then whose counts are missing. */
function signLater(core: Core, counters: FullCounters, ms: number): void {
  later(core, signLater, ms, () => {
    if (core.socket && counters.giveSign()) slotOpened(core, 0);
    signLater(core, counters, NEXT_SIGN_MS);
  });
}

/** The hooks of the host, and one that remembers what contexts were served. */
function hooksWith(options: unknown, book: Book, seen: SeenVariants): readonly unknown[] {
  const { hooks } = membersOf(options);
  const own: Hook = {
    afterEvaluation({ details, context }) {
      const state = book.core?.state;
      if (state && details.variant !== undefined) seen.see(context, evaluate(state, details.key, context));
    },
  };
  return [...(attempt(() => (Array.isArray(hooks) ? [...hooks] : [])) ?? []), own];
}

/** The thresholds that can be used; what was wrong with them is told. */
function thresholdsOf(core: Core, options: unknown): readonly number[] {
  const { slowMs = DEFAULT_SLOW_MS } = membersOf(options);
  const isThreshold = (ms: unknown): ms is number => Number.isInteger(ms) && Number(ms) >= 1 && Number(ms) <= MAX_THRESHOLD_MS;
  const read = attempt(() => (Array.isArray(slowMs) && slowMs.length <= MAX_THRESHOLDS && slowMs.every(isThreshold) ? slowMs : undefined));
  if (read) return [...new Set(read)];
  tell(core, 'option slowMs is not valid');
  return DEFAULT_SLOW_MS;
}
