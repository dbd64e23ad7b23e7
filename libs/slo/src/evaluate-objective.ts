import { type Budget, errorBudget, timeToExhaustion } from './budget.js';
import { budgetRatio, burnRate } from './burn.js';
import { type Counts, minus, NO_COUNTS, sli, total } from './counts.js';
import { type BurnRule, fires, isClear, type Severity } from './fires.js';

/** The counts of a window, and the part of them that fell into declared maintenance. */
export interface WindowCounts {
  readonly all: Counts;
  readonly excluded: Counts;
}

/** What an evaluation is made of: sums over closed rows, which the same rows always give again. */
export interface ObjectiveReadings {
  /** Length of the whole period. */
  readonly periodMs: number;
  /** Counts since the period began. */
  readonly period: WindowCounts;
  /** Counts of each window by its length; see `windowsOf`. */
  readonly windows: ReadonlyMap<number, WindowCounts>;
}

/** How an objective stands: `no_data` is neither good nor bad, `exhausted` means that the budget is spent, `burning` that a rule fires. */
export type ObjectiveState = 'ok' | 'no_data' | 'burning' | 'exhausted';

/** One window of an evaluation: its counts and burn rate, with and without declared maintenance. */
export interface WindowReading {
  readonly windowMs: number;
  readonly counts: Counts;
  readonly burn: number;
  readonly burnWithoutExcluded: number;
}

/** One tier of an evaluation. */
export interface TierReading {
  readonly rule: BurnRule;
  readonly longBurn: number;
  readonly shortBurn: number;
  readonly fires: boolean;
  /** Whether the tier is over, which is not the same as not firing: see `isClear`. */
  readonly clear: boolean;
  /** Fires only because of declared maintenance; nobody is told and nothing is remedied. */
  readonly excused: boolean;
  readonly forMs: number;
}

/** What is known about an objective at a moment. */
export interface Evaluation {
  readonly state: ObjectiveState;
  /** The indicator over the period; null without data. */
  readonly sli: number | null;
  readonly budget: Budget;
  /** The budget as if declared maintenance had not been; state, exhaustion and policies go by it. */
  readonly budgetWithoutExcluded: Budget;
  /** Burn rate of the shortest long window: the current one. */
  readonly burn: number;
  /** Milliseconds until the budget is spent at the current burn rate; 0 when it is, null when it never will be or nothing is known. */
  readonly exhaustedInMs: number | null;
  readonly windows: readonly WindowReading[];
  readonly tiers: readonly TierReading[];
  /** The severities that fire, maintenance set aside. */
  readonly firing: readonly Severity[];
}

/** Where an objective stands, as a pure function of closed rows. */
export function evaluateObjective(
  terms: { readonly target: number; readonly rules: readonly BurnRule[] },
  readings: ObjectiveReadings,
): Evaluation {
  const budget = budgetRatio(terms.target);
  const countsOf = (windowMs: number) => readings.windows.get(windowMs) ?? { all: NO_COUNTS, excluded: NO_COUNTS };
  const tiers = terms.rules.map((rule) => readTier(rule, budget, countsOf(rule.longMs), countsOf(rule.shortMs)));
  const current = Math.min(...terms.rules.map(({ longMs }) => longMs));
  const burn = burnRate(net(countsOf(current)), budget);
  const budgetWithoutExcluded = errorBudget(net(readings.period), terms.target);
  const { remaining } = budgetWithoutExcluded;
  const firing = (['page', 'ticket'] as const).filter((severity) =>
    tiers.some((tier) => tier.rule.severity === severity && tier.fires && !tier.excused),
  );
  const isSilent = terms.rules.every(({ longMs }) => total(countsOf(longMs).all) === 0);
  return {
    state: stateOf(remaining, isSilent, firing.length > 0),
    sli: sli(readings.period.all),
    budget: errorBudget(readings.period.all, terms.target),
    budgetWithoutExcluded,
    burn,
    exhaustedInMs: remaining === null ? null : timeToExhaustion(remaining, readings.periodMs, burn),
    windows: [...readings.windows]
      .map(([windowMs, counts]) => readWindow(windowMs, counts, budget))
      .sort((a, b) => a.windowMs - b.windowMs),
    tiers,
    firing,
  };
}

function net({ all, excluded }: WindowCounts): Counts {
  return minus(all, excluded);
}

function readWindow(windowMs: number, counts: WindowCounts, budget: number): WindowReading {
  return { windowMs, counts: counts.all, burn: burnRate(counts.all, budget), burnWithoutExcluded: burnRate(net(counts), budget) };
}

function readTier(rule: BurnRule, budget: number, long: WindowCounts, short: WindowCounts): TierReading {
  const firing = fires(rule, budget, long.all, short.all);
  return {
    rule,
    longBurn: burnRate(long.all, budget),
    shortBurn: burnRate(short.all, budget),
    fires: firing,
    clear: isClear(rule, budget, long.all, short.all),
    excused: firing && !fires(rule, budget, net(long), net(short)),
    forMs: rule.forMs,
  };
}

function stateOf(remaining: number | null, isSilent: boolean, isFiring: boolean): ObjectiveState {
  if (remaining === null) return 'no_data';
  if (remaining <= 0) return 'exhausted';
  if (isSilent) return 'no_data';
  return isFiring ? 'burning' : 'ok';
}
