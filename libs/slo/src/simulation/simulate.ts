import { budgetRatio } from '../burn.js';
import { DAY, HOUR, MINUTE } from '../durations.js';
import type { BurnRule } from '../fires.js';
import { poissonFrom, randomFrom } from './chance.js';
import { History } from './history.js';

/** What a simulated service does: independent requests, each failing with the same chance. */
export interface Traffic {
  readonly requestsPerHour: number;
  readonly errorRatio: number;
}

/** How long and how often; the same seed gives the same figures. */
export interface Extent {
  readonly runs: number;
  readonly days: number;
  readonly seed: number;
}

/** The mean of a figure over all runs, and its standard error. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

/** Rules of one severity, under a target. */
export interface Policy {
  readonly target: number;
  readonly rules: readonly BurnRule[];
}

/** Episodes per run in which each policy fires, evaluated each minute, from a start without history; all policies see the same minutes. */
export function simulateEpisodes(traffic: Traffic, policies: readonly Policy[], extent: Extent): readonly Estimate[] {
  const next = minutesOf(traffic, extent.seed);
  const history = new History((extent.days * DAY) / MINUTE);
  const counters = policies.map((policy) => new EpisodeCounter(policy));
  for (let run = 0; run < extent.runs; run++) {
    history.clear();
    for (let minute = 0; minute < (extent.days * DAY) / MINUTE; minute++) {
      next(history);
      for (const counter of counters) counter.look(history);
    }
    for (const counter of counters) counter.endRun();
  }
  return counters.map((counter) => counter.estimate(extent.runs));
}

/** Counts how often a policy starts to fire. */
class EpisodeCounter {
  readonly #policy: Policy;
  readonly #budget: number;
  #firing = false;
  #episodes = 0;
  #sum = 0;
  #squares = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.#budget = budgetRatio(policy.target);
  }

  look(history: History): void {
    const firing = history.anyFires(this.#policy.rules, this.#budget);
    if (firing && !this.#firing) this.#episodes += 1;
    this.#firing = firing;
  }

  endRun(): void {
    this.#sum += this.#episodes;
    this.#squares += this.#episodes ** 2;
    this.#episodes = 0;
    this.#firing = false;
  }

  estimate(runs: number): Estimate {
    const mean = this.#sum / runs;
    return { mean, standardError: Math.sqrt(Math.max(0, this.#squares / runs - mean ** 2) / runs) };
  }
}

/** An incident in a service that was healthy before. */
export interface Incident {
  readonly before: Traffic;
  readonly errorRatio: number;
  readonly policy: Policy;
}

/** Minutes from the start of an incident to the first evaluation that fires: median and 90th percentile; null when that many runs saw none. */
export interface Delays {
  readonly median: number | null;
  readonly p90: number | null;
}

/** How long an incident stays unseen when it starts after `days` of health; evaluated each minute, given up after a day. */
export function simulateDetection(incident: Incident, extent: Extent): Delays {
  const { before, errorRatio, policy } = incident;
  const healthy = minutesOf(before, extent.seed);
  const failing = minutesOf({ ...before, errorRatio }, extent.seed + 1);
  const quiet = (extent.days * DAY) / MINUTE;
  const history = new History(quiet + DAY / MINUTE);
  const delays: number[] = [];
  for (let run = 0; run < extent.runs; run++) {
    history.clear();
    for (let minute = 0; minute < quiet; minute++) healthy(history);
    delays.push(firstFiring(history, failing, policy));
  }
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.ceil(share * extent.runs) - 1] ?? Number.POSITIVE_INFINITY;
  const known = (minutes: number) => (Number.isFinite(minutes) ? minutes : null);
  return { median: known(at(0.5)), p90: known(at(0.9)) };
}

function firstFiring(history: History, next: (history: History) => void, { target, rules }: Policy): number {
  const budget = budgetRatio(target);
  for (let minute = 1; minute <= DAY / MINUTE; minute++) {
    next(history);
    if (history.anyFires(rules, budget)) return minute;
  }
  return Number.POSITIVE_INFINITY;
}

function minutesOf({ requestsPerHour, errorRatio }: Traffic, seed: number): (history: History) => void {
  const random = randomFrom(seed);
  const perMinute = (requestsPerHour * MINUTE) / HOUR;
  const bad = poissonFrom(perMinute * errorRatio, random);
  const good = poissonFrom(perMinute * (1 - errorRatio), random);
  return (history) => history.add(good(), bad());
}
