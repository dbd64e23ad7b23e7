import { DAY, HOUR, MINUTE } from './durations.js';
import type { BurnRule, Severity } from './fires.js';

/** Names of the sets of rules that come with the product. */
export const PRESETS = ['default', 'google-30d', 'sloth-28d', 'pyrra', 'rollout-guard'] as const;
/** Name of a set of rules that comes with the product. */
export type PresetName = (typeof PRESETS)[number];

type Row = readonly [Severity, long: number, short: number, factor: number, hold: number];

const PYRRA_PERIOD = 28 * DAY;
const ROWS: Readonly<Record<PresetName, readonly Row[]>> = {
  default: [
    ['page', HOUR, 5 * MINUTE, 4, 0],
    ['ticket', 6 * HOUR, 30 * MINUTE, 2, 0],
  ],
  'google-30d': fractions(30 * DAY),
  'sloth-28d': fractions(28 * DAY),
  pyrra: [
    ['page', HOUR, 5 * MINUTE, 14, 2 * MINUTE],
    ['page', 6 * HOUR, 30 * MINUTE, 7, 15 * MINUTE],
    ['ticket', DAY, 2 * HOUR, 2, HOUR],
    ['ticket', 4 * DAY, 6 * HOUR, 1, 3 * HOUR],
  ],
  'rollout-guard': [['page', 10 * MINUTE, 2 * MINUTE, 4, 0]],
};

/** The rules of a preset; those of `pyrra` stretch with the objective's period, which their windows are fractions of. */
export function presetRules(name: PresetName, periodMs: number): readonly BurnRule[] {
  const scale = name === 'pyrra' ? periodMs / PYRRA_PERIOD : 1;
  const scaled = (ms: number) => Math.round((ms * scale) / MINUTE) * MINUTE;
  return ROWS[name].map(([severity, long, short, factor, hold]) => ({
    severity,
    longMs: scaled(long),
    shortMs: scaled(short),
    factor,
    forMs: scaled(hold),
  }));
}

/** The burn rate that spends a fraction of the budget of a period within a window: `k = f * P / w`. */
export function factorFor(fraction: number, periodMs: number, windowMs: number): number {
  return (fraction * periodMs) / windowMs;
}

/** The four tiers of the SRE workbook, chapter 5, by the share of the budget that each may spend unseen. */
function fractions(periodMs: number): readonly Row[] {
  const factor = (fraction: number, windowMs: number) => Math.round(factorFor(fraction, periodMs, windowMs) * 1e4) / 1e4;
  return [
    ['page', HOUR, 5 * MINUTE, factor(0.02, HOUR), 0],
    ['page', 6 * HOUR, 30 * MINUTE, factor(0.05, 6 * HOUR), 0],
    ['ticket', DAY, 2 * HOUR, factor(0.1, DAY), 0],
    ['ticket', 3 * DAY, 6 * HOUR, factor(0.1, 3 * DAY), 0],
  ];
}
