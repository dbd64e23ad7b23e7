import type { AdminServe } from '@ballast/api';
import type { PolicyAction } from '@ballast/slo';
import { type ConfigStep, diff } from '../changes/index.js';
import type { AdminRule, FlagConfig, FlagRecord, FlagState } from './flag.types.js';

/** A flag in one environment before and after a change. */
export interface FlagTurn {
  readonly flag: Pick<FlagRecord, 'safeVariant'>;
  readonly before: FlagState;
  readonly after: FlagState;
}

/**
 * What a change does, as error budget policies tell changes apart: it turns something off when nobody gets more of anything but the
 * off variant, it ramps when somebody does; null when nothing changes.
 */
export function actionOf({ flag, before, after }: FlagTurn): PolicyAction | null {
  const isKilled = after.kill !== null;
  if (isKilled === (before.kill !== null) && isSame(servable(before.config), servable(after.config))) return null;
  if (isKilled && before.kill === null) return 'kill_switch';
  if (!isServed(before)) return isServed(after) ? 'ramp' : 'change';
  return isServed(after) ? servingAction(flag, before.config, after.config) : 'turn_off';
}

function isServed({ config, kill }: FlagState): boolean {
  return kill === null && config.on;
}

/** Both configurations are served and differ. */
function servingAction({ safeVariant }: FlagTurn['flag'], before: FlagConfig, after: FlagConfig): PolicyAction {
  const off = new Set([after.offVariant, safeVariant].filter((variant) => variant !== null));
  if (branchesOf(after).every((serve) => sharesOf(serve, off).size === 0)) return 'turn_off';
  if (!hasSameBranches(before, after)) return isAnythingNew(before, after, off) ? 'ramp' : 'change';
  const pairs = branchesOf(before).map((serve, index) => [serve, branchesOf(after)[index] ?? null] as const);
  if (pairs.some(([old, next]) => grows(sharesOf(old, off), sharesOf(next, off)))) return 'ramp';
  return pairs.some(([old, next]) => grows(sharesOf(next, off), sharesOf(old, off))) ? 'turn_off' : 'change';
}

/** What each rule serves, and the default after them. */
function branchesOf({ rules, default: rest }: FlagConfig): readonly (AdminServe | null)[] {
  return [...rules.map(({ serve }) => serve), rest];
}

/** Whether the same contexts meet the same rules: only what these serve may differ. */
function hasSameBranches(before: FlagConfig, after: FlagConfig): boolean {
  const shape = (config: FlagConfig) => [config.offVariant, config.prerequisites, config.rules.map(({ when }: AdminRule) => when)];
  return isSame(shape(before), shape(after));
}

/** Whether a rule or the default serves what it did not serve before to those that it is for. */
function isAnythingNew(before: FlagConfig, after: FlagConfig, off: ReadonlySet<string>): boolean {
  const served = (when: AdminRule['when']) => before.rules.find((rule) => isSame(rule.when, when))?.serve ?? null;
  const isNew = after.rules.some(({ when, serve }) => grows(sharesOf(served(when), off), sharesOf(serve, off)));
  return isNew || grows(sharesOf(before.default, off), sharesOf(after.default, off));
}

/** The share of contexts that get each variant, without those that mean off; the code default counts as off. */
function sharesOf(serve: AdminServe | null, off: ReadonlySet<string>): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const [variant, share] of serve === null ? [] : weightsOf(serve)) {
    if (share > 0 && !off.has(variant)) shares.set(variant, (shares.get(variant) ?? 0) + share);
  }
  return shares;
}

function weightsOf(serve: AdminServe): readonly (readonly [string, number])[] {
  if ('variant' in serve) return [[serve.variant, 100]];
  const { split } = serve;
  if ('percentages' in split) return split.percentages.map(({ variant, percent }) => [variant, percent]);
  const total = split.weights.reduce((sum, { weight }) => sum + weight, 0);
  const percent = split.percent ?? 100;
  const inside = split.weights.map(({ variant, weight }) => [variant, (percent * weight) / total] as const);
  return split.rest === undefined || split.rest === null ? inside : [...inside, [split.rest, 100 - percent]];
}

function grows(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): boolean {
  return [...after].some(([variant, share]) => share > (before.get(variant) ?? 0) + 1e-9);
}

function isSame(a: unknown, b: unknown): boolean {
  return diff(a, b).length === 0;
}

/** What a change leads from and to; undefined when it serves nothing after it. */
export function stepOf(flag: Pick<FlagRecord, 'id' | 'version'>, before: FlagState, after: FlagState): ConfigStep | undefined {
  if (!isServed(after)) return undefined;
  return { flagId: flag.id, flagVersion: flag.version, configVersion: before.config.version, config: servable(after.config) };
}

/** What a stored configuration serves, without who saved it and when. */
function servable({ on, offVariant, rules, default: rest, prerequisites }: FlagConfig) {
  return { on, offVariant, rules, default: rest, prerequisites };
}
