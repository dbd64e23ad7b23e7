import type { FlagConfigInput, FlagKind } from '@ballast/api';
import type { AdminRule, FlagConfig, FlagRecord, StoredConfig, Variants } from './flag.types.js';

/** Days a temporary kind lives unless somebody says otherwise. Kinds that are not here are permanent. */
export const DEFAULT_TTL_DAYS: Readonly<Partial<Record<FlagKind, number>>> = {
  release: 40,
  experiment: 40,
  operational: 14,
  migration: 90,
};

/** Whether flags of a kind must expire. */
export function isTemporary(kind: FlagKind): boolean {
  return DEFAULT_TTL_DAYS[kind] !== undefined;
}

const DAY_MS = 86_400_000;

/** The moment a number of days from now. */
export function expiryAfter(days: number, now: number): Date {
  return new Date(now + days * DAY_MS);
}

/** The name of the variant that holds a value, if any. */
function nameOf(variants: Variants, value: boolean): string | null {
  return Object.entries(variants).find(([, held]) => held === value)?.[0] ?? null;
}

/** The safe variant of a flag that names none: the false one of a boolean. */
export function defaultSafeVariant(flag: Pick<FlagRecord, 'type' | 'variants'>): string | null {
  return flag.type === 'boolean' ? nameOf(flag.variants, false) : null;
}

/** The configuration of a flag that was never saved in an environment: off, and true for everyone once it is on. */
export function initialConfig(flag: Pick<FlagRecord, 'type' | 'variants' | 'safeVariant'>): StoredConfig {
  const onVariant = flag.type === 'boolean' ? nameOf(flag.variants, true) : null;
  return {
    on: false,
    offVariant: flag.safeVariant,
    rules: [],
    default: onVariant === null ? null : { variant: onVariant },
    prerequisites: [],
    version: 0,
    updatedBy: null,
    updatedAt: null,
  };
}

/** Gives every rule without an id the first free `rule-<n>`. */
function withIds(rules: FlagConfigInput['rules']): readonly AdminRule[] {
  const taken = new Set(rules.flatMap(({ id }) => (id === undefined ? [] : [id])));
  let n = 0;
  const nextId = (): string => {
    do n += 1;
    while (taken.has(`rule-${n}`));
    return `rule-${n}`;
  };
  return rules.map(({ id, ...rule }) => ({ id: id ?? nextId(), ...rule }));
}

/** A configuration with everything said that was left out. */
export function completeConfig(input: FlagConfigInput, flag: Pick<FlagRecord, 'safeVariant'>): FlagConfig {
  return {
    on: input.on,
    offVariant: input.offVariant === undefined ? flag.safeVariant : input.offVariant,
    rules: withIds(input.rules),
    default: input.default,
    prerequisites: input.prerequisites,
  };
}
