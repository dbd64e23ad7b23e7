/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a variant may hold: a boolean, a string, a finite number, or an object (arrays count as objects). */
export type FlagValue = boolean | string | number | readonly Json[] | { readonly [key: string]: Json };

/** The type every variant of one flag has. */
export type FlagType = 'boolean' | 'string' | 'number' | 'object';

/** OpenFeature's evaluation context: a JSON object with an optional `targetingKey`. */
export type EvaluationContext = { readonly targetingKey?: string | undefined } & { readonly [attribute: string]: unknown };

export type Operator =
  | 'in'
  | 'starts_with'
  | 'ends_with'
  | 'contains'
  | 'matches'
  | '='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'before'
  | 'after'
  | 'semver_='
  | 'semver_<'
  | 'semver_<='
  | 'semver_>'
  | 'semver_>='
  | 'number_='
  | 'number_<'
  | 'number_<='
  | 'number_>'
  | 'number_>='
  | 'in_cidr'
  | 'exists';

export type ConditionValue = string | number | boolean;

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly segment: string }
  | { readonly bucket: Bucket }
  | { readonly attribute: string; readonly op: Operator; readonly values: readonly ConditionValue[]; readonly ignoreCase?: true };

/** The bucketing algorithms there are: ours, and those that keep the users of an imported flag where they were. */
export type HashName = 'native' | 'unleash-murmur3' | 'flagd-fractional-v2';

/** A share of all contexts. What a hash makes of salt and key is in `docs/evaluation.md`. */
export interface Bucket {
  /** Attribute whose value is bucketed; usually `targetingKey`. */
  readonly by: string;
  readonly hash: HashName;
  readonly salt: string;
  /** Who is in, of 100 000. */
  readonly share: number;
}

/** How a share of all contexts is divided between variants. */
export interface Split extends Bucket {
  /** The rollout step this split belongs to. */
  readonly stage?: string;
  /** Which variant those get; integer weights. */
  readonly weights: readonly (readonly [variant: string, weight: number])[];
  /** What the others get; null: the code default. */
  readonly rest: string | null;
}

export type Serve = { readonly variant: string } | { readonly split: Split };

export interface Rule {
  readonly id: string;
  readonly when: Condition;
  readonly serve: Serve;
}

export interface Prerequisite {
  readonly flag: string;
  readonly variants: readonly string[];
}

/** One flag as it is evaluated: compiled on write, never edited by hand. */
export interface Flag {
  readonly key: string;
  /** Revision of the flag's last change in its environment. */
  readonly version: number;
  readonly type: FlagType;
  readonly state: 'on' | 'off' | 'killed';
  readonly variants: { readonly [name: string]: FlagValue };
  /** Served when the flag is off, killed or a prerequisite fails; null: the code default. */
  readonly offVariant: string | null;
  readonly prerequisites: readonly Prerequisite[];
  readonly rules: readonly Rule[];
  /** Served when no rule matches; null: the code default. */
  readonly default: Serve | null;
  readonly metadata: { readonly [key: string]: string | number | boolean };
}

/** A named set of contexts. `excluded` wins, then `included`, then `when`. */
export interface Segment {
  readonly key: string;
  readonly version: number;
  readonly when: Condition | null;
  /** Attribute whose value the two lists hold. */
  readonly by: string;
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/** Why the default in the code is served although it should not be; the words are OpenFeature's. */
export type ErrorCode =
  | 'FLAG_NOT_FOUND'
  | 'TYPE_MISMATCH'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'PARSE_ERROR'
  | 'PROVIDER_NOT_READY'
  | 'GENERAL';

/** Why a value is served; the words are OpenFeature's. `ERROR` comes with an `ErrorCode` and the default in the code. */
export type Reason = 'STATIC' | 'TARGETING_MATCH' | 'SPLIT' | 'DEFAULT' | 'DISABLED' | 'ERROR';

interface ResolutionOrigin {
  /** The flag that was asked for. */
  readonly flag: string;
  /** The flag's version; 0 when there is no such flag. */
  readonly version: number;
  /** The rollout step of the split that served, when there is one. */
  readonly stage?: string | undefined;
  /** The flag's own metadata, with `killed: true` or `prerequisite: <key>` where that decided. */
  readonly metadata: { readonly [key: string]: string | number | boolean };
}

/** What an evaluation answers. Without `variant` the caller's own default applies. */
export type Resolution = ResolutionOrigin &
  (
    | {
        readonly reason: Exclude<Reason, 'ERROR'>;
        readonly variant: string;
        readonly value: FlagValue;
        readonly errorCode?: never;
        readonly errorMessage?: never;
      }
    | {
        readonly reason: Exclude<Reason, 'ERROR'>;
        readonly variant?: never;
        readonly value?: never;
        readonly errorCode?: never;
        readonly errorMessage?: never;
      }
    | {
        readonly reason: 'ERROR';
        readonly errorCode: ErrorCode;
        readonly errorMessage: string;
        readonly variant?: never;
        readonly value?: never;
      }
  );
