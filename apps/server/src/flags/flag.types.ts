import type { AdminServe, FlagConfigInput, FlagKind } from '@ballast/api';
import type { FlagType, FlagValue } from '@ballast/evaluation';

/** Variants of a flag by name. */
export type Variants = Readonly<Record<string, FlagValue>>;

/** A flag as it is stored: what is the same in every environment. */
export interface FlagRecord {
  readonly id: string;
  readonly projectId: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly kind: FlagKind;
  readonly type: FlagType;
  readonly variants: Variants;
  /** What a kill serves; null: the off variant of the environment. */
  readonly safeVariant: string | null;
  readonly owner: string;
  readonly expiresAt: Date | null;
  readonly tags: readonly string[];
  readonly clientVisible: boolean;
  readonly schema: unknown;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly salt: string;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

/** A rule as people edit it, with its id. */
export type AdminRule = FlagConfigInput['rules'][number] & { readonly id: string };

/** A configuration as people edit it, complete. */
export interface FlagConfig {
  readonly on: boolean;
  readonly offVariant: string | null;
  readonly rules: readonly AdminRule[];
  readonly default: AdminServe | null;
  readonly prerequisites: readonly { readonly flag: string; readonly variants: readonly string[] }[];
}

/** A configuration with what the database knows of it; version 0: never saved. */
export interface StoredConfig extends FlagConfig {
  readonly version: number;
  readonly updatedBy: string | null;
  readonly updatedAt: Date | null;
}

/** Who killed a flag in an environment. */
export interface KillRow {
  readonly actor: string;
  readonly reason: string | null;
  readonly killedAt: Date;
}

/** A flag's whole state in one environment. */
export interface FlagState {
  readonly config: StoredConfig;
  readonly kill: KillRow | null;
}
