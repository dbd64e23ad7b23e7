import type { Condition, FlagType, FlagValue, HashName } from '@ballast/evaluation';

/** A split that buckets as the system does that it comes from. */
export interface ImportSplit {
  readonly by: string;
  readonly hash: HashName;
  readonly salt: string;
  /** Who is in, with at most three decimals. */
  readonly percent: number;
  /** Whole weights of those, in the order that decides. */
  readonly weights: readonly { readonly variant: string; readonly weight: number }[];
  /** What the others get. */
  readonly rest: string | null;
}

/** What a rule or the default serves, as people edit it. */
export type ImportServe = { readonly variant: string } | { readonly split: ImportSplit };

/** What a flag is for, as far as a foreign file says it. */
export type ImportKind = 'release' | 'experiment' | 'operational' | 'kill-switch' | 'permission';

export interface ImportRule {
  readonly id: string;
  readonly description?: string;
  readonly when: Condition;
  readonly serve: ImportServe;
}

/** A flag's configuration in one environment, in the shape of the admin API. */
export interface ImportConfig {
  readonly on: boolean;
  readonly offVariant: string | null;
  readonly rules: readonly ImportRule[];
  readonly default: ImportServe | null;
  readonly prerequisites: readonly { readonly flag: string; readonly variants: readonly string[] }[];
}

/** One flag of a foreign file, said in our words. */
export interface ImportItem {
  readonly key: string;
  readonly type: FlagType;
  readonly variants: { readonly [name: string]: FlagValue };
  readonly config: ImportConfig;
  readonly description: string;
  /** Absent: the file does not say. */
  readonly kind?: ImportKind;
  readonly metadata: { readonly [key: string]: string | number | boolean };
  /** What differs from the foreign system and is worth knowing; the item is taken all the same. */
  readonly notes: readonly string[];
}

/** A flag that cannot be said exactly, and why. */
export interface RefusedItem {
  readonly key: string;
  readonly reasons: readonly string[];
}

/** What an importer makes of a file: every flag of it is in one of the two lists, in the file's order. */
export interface Translation {
  readonly items: readonly ImportItem[];
  readonly refused: readonly RefusedItem[];
}

/** A translation, or why the file as a whole is not one of its format. */
export type TranslationResult = { readonly ok: true; readonly translation: Translation } | { readonly ok: false; readonly problem: string };
