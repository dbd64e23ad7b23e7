import type { BurnRule } from './fires.js';
import { nominalMs, type Period } from './period.js';
import type { BudgetPolicy } from './policy.js';
import { type PresetName, presetRules } from './presets.js';

/** What counts as good. */
export type Indicator =
  /** Outcomes without an error. */
  | { readonly kind: 'success' }
  /** Outcomes without an error that took no longer than the threshold; counted exactly by the SDK for the thresholds it is given. */
  | { readonly kind: 'latency'; readonly thresholdMs: number }
  /** Tracked events per tracked event of another name, or per exposure when `total` is null. */
  | { readonly kind: 'business'; readonly good: string; readonly total: string | null }
  /** Two queries of a Prometheus-compatible server, in which `$window` stands for the range; `query` counts the good or the bad. */
  | { readonly kind: 'promql'; readonly counts: 'good' | 'bad'; readonly query: string; readonly total: string };

/** Whose outcomes count. */
export type Scope =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'variant'; readonly flag: string; readonly variant: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'service'; readonly service: string };

/** When to alert: rules that come with the product, or one's own. */
export type Alerting = { readonly preset: PresetName } | { readonly preset: 'custom'; readonly rules: readonly BurnRule[] };

/** A service level objective (SLO). */
export interface Objective {
  readonly project: string;
  readonly environment: string;
  /** Unique in its environment; a DNS label, so that it can travel as the name of an OpenSLO document. */
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly owner: string;
  readonly indicator: Indicator;
  readonly scope: Scope;
  /** The share of outcomes that must be good, above 0 and below 1. */
  readonly target: number;
  readonly period: Period;
  readonly alerting: Alerting;
  /** Where the person who is paged reads what to do. */
  readonly runbook?: string;
  readonly policy: BudgetPolicy;
}

/** The burn-rate rules of an objective. */
export function rulesOf(objective: Pick<Objective, 'alerting' | 'period'>): readonly BurnRule[] {
  const { alerting } = objective;
  return alerting.preset === 'custom' ? alerting.rules : presetRules(alerting.preset, nominalMs(objective.period));
}

/** The windows that objectives are evaluated over, without their periods: each length once, shortest first. */
export function windowsOf(objectives: readonly Pick<Objective, 'alerting' | 'period'>[]): readonly number[] {
  const lengths = objectives.flatMap(rulesOf).flatMap(({ longMs, shortMs }) => [longMs, shortMs]);
  return [...new Set(lengths)].sort((a, b) => a - b);
}
