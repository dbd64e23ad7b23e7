import { type EvaluationContext, evaluate, type FlagSet } from '@ballast/evaluation';

/** A context of Unleash's. */
export interface UnleashContext {
  readonly userId?: string;
  readonly sessionId?: string;
  readonly remoteAddress?: string;
  readonly environment?: string;
  readonly appName?: string;
  readonly currentTime?: string;
  readonly properties?: { readonly [name: string]: string | null };
}

/** Unleash's context in our words, as its SDK reads it: fields before properties, nothing for null, the time when none is given. */
export function toContext({ properties, userId, ...fields }: UnleashContext): EvaluationContext {
  const all = { currentTime: new Date().toISOString(), ...properties, ...fields, ...(userId !== undefined && { targetingKey: userId }) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
}

function served(set: FlagSet, name: string, context: UnleashContext): unknown {
  return evaluate(set, name, toContext(context)).value;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

/** Unleash's `isEnabled`, read from what an imported flag serves. */
export function isEnabled(set: FlagSet, name: string, context: UnleashContext): boolean {
  const value = served(set, name, context);
  return isObject(value) ? value.enabled === true : value === true;
}

/** Unleash's `getVariant`, read from what an imported flag serves. */
export function getVariant(set: FlagSet, name: string, context: UnleashContext): object {
  const value = served(set, name, context);
  const { variant, payload } = isObject(value) ? value : {};
  const feature_enabled = isEnabled(set, name, context);
  if (variant === undefined) return { name: 'disabled', enabled: false, feature_enabled };
  return { name: variant, enabled: true, feature_enabled, ...(payload !== undefined && { payload }) };
}
