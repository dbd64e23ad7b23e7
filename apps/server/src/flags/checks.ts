import { type FlagKind, LIMITS, pointer, type RequestProblem } from '@ballast/api';
import { type FlagValue, typeOf } from '@ballast/evaluation';
import { DEFAULT_TTL_DAYS, expiryAfter, isTemporary } from './defaults.js';
import type { FlagRecord } from './flag.types.js';
import { schemaProblems } from './value-schema.js';

/** A flag as it is about to be saved, apart from what only the database knows. */
export type FlagDraft = Pick<
  FlagRecord,
  | 'key'
  | 'type'
  | 'name'
  | 'description'
  | 'kind'
  | 'variants'
  | 'safeVariant'
  | 'owner'
  | 'expiresAt'
  | 'tags'
  | 'clientVisible'
  | 'schema'
  | 'metadata'
>;

function problem(path: readonly PropertyKey[], message: string): RequestProblem {
  return { path: pointer(path), message };
}

function valueProblem(value: FlagValue, type: FlagRecord['type']): string | null {
  const held = typeOf(value);
  if (held !== type) return `must be of type ${type}, like the flag`;
  const size = new TextEncoder().encode(JSON.stringify(value)).length;
  return size > LIMITS.variantBytes.max ? `is bigger than ${LIMITS.variantBytes.max} bytes (variantBytes)` : null;
}

function variantProblems({ variants, type, safeVariant }: FlagDraft): RequestProblem[] {
  const names = Object.keys(variants);
  if (names.length === 0) return [problem(['variants'], 'must have at least one variant')];
  if (names.length > LIMITS.variantsPerFlag.max)
    return [problem(['variants'], `must have at most ${LIMITS.variantsPerFlag.max} variants (variantsPerFlag)`)];
  const values = Object.entries(variants).flatMap(([name, value]) => {
    const message = valueProblem(value, type);
    return message === null ? [] : [problem(['variants', name], message)];
  });
  const isSafe = safeVariant === null || Object.hasOwn(variants, safeVariant);
  return isSafe ? values : [...values, problem(['safeVariant'], `there is no variant ${JSON.stringify(safeVariant)}`)];
}

/** Everything that is wrong with a flag by itself. */
export function flagProblems(draft: FlagDraft): readonly RequestProblem[] {
  const metadata =
    Object.keys(draft.metadata).length > LIMITS.metadataEntries.max
      ? [problem(['metadata'], `must have at most ${LIMITS.metadataEntries.max} entries (metadataEntries)`)]
      : [];
  const problems = [...variantProblems(draft), ...metadata];
  if (problems.length > 0 || draft.schema === null) return problems;
  return schemaProblems(draft.schema, draft.variants);
}

/** What a request says of a flag's end. */
export interface ExpiryRequest {
  readonly kind: FlagKind;
  readonly expiresAt?: string | undefined;
  readonly ttlDays?: number | undefined;
}

/** When a flag expires, or what is wrong with what was asked for. */
export type Expiry = { readonly ok: true; readonly expiresAt: Date | null } | { readonly ok: false; readonly problem: RequestProblem };

/** Decides when a flag expires; temporary kinds must say so. */
export function expiryOf({ kind, expiresAt, ttlDays }: ExpiryRequest, now: number): Expiry {
  if (expiresAt !== undefined && ttlDays !== undefined)
    return { ok: false, problem: problem(['ttlDays'], 'say either expiresAt or ttlDays, not both') };
  if (ttlDays !== undefined) return { ok: true, expiresAt: expiryAfter(ttlDays, now) };
  if (expiresAt !== undefined) {
    const at = new Date(expiresAt);
    const { max } = LIMITS.ttlDays;
    if (at > expiryAfter(max, now)) return { ok: false, problem: problem(['expiresAt'], `is more than ${max} days away (ttlDays)`) };
    return at.getTime() > now ? { ok: true, expiresAt: at } : { ok: false, problem: problem(['expiresAt'], 'is in the past') };
  }
  if (!isTemporary(kind)) return { ok: true, expiresAt: null };
  const usual = DEFAULT_TTL_DAYS[kind];
  return {
    ok: false,
    problem: problem(['expiresAt'], `a flag of kind ${kind} must expire: give expiresAt or ttlDays (usual for this kind: ${usual} days)`),
  };
}

/** What a flag without an owner is told. */
export const OWNER_MISSING: RequestProblem = {
  path: '/owner',
  message: 'every flag needs an owner: the team or address that answers for it',
};
