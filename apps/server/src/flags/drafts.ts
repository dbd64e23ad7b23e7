import {
  type CreateFlag,
  jsonProblem,
  mergePatch,
  type PatchedFlag,
  type PatchFlag,
  patchedFlag,
  pointer,
  problemsOf,
  type RequestProblem,
} from '@ballast/api';
import { expiryOf, type FlagDraft, flagProblems, OWNER_MISSING } from './checks.js';
import type { KnownFlag } from './config-checks.js';
import { defaultSafeVariant } from './defaults.js';
import type { FlagRecord } from './flag.types.js';
import { flagDocument } from './flag-views.js';
import type { Dependent } from './flags.view.js';

/** A flag as it would be saved, or everything that keeps it from being saved. */
export type Drafted =
  | { readonly ok: true; readonly draft: FlagDraft }
  | { readonly ok: false; readonly problems: readonly RequestProblem[] };

function judged(draft: FlagDraft, problems: readonly RequestProblem[]): Drafted {
  const all = [...problems, ...flagProblems(draft)];
  return all.length === 0 ? { ok: true, draft } : { ok: false, problems: all };
}

/** The flag that a request wants created. */
export function newDraft(wanted: CreateFlag, now: number): Drafted {
  const { key, type, kind, variants, owner, name = key, safeVariant, schema = null, metadata = {} } = wanted;
  const { description, tags, clientVisible } = wanted;
  const expiry = expiryOf(wanted, now);
  const draft: FlagDraft = {
    key,
    type,
    kind,
    name,
    description,
    variants,
    safeVariant: safeVariant ?? defaultSafeVariant({ type, variants }),
    owner: owner ?? '',
    expiresAt: expiry.ok ? expiry.expiresAt : null,
    tags,
    clientVisible,
    schema,
    metadata,
  };
  return judged(draft, [...(owner === undefined ? [OWNER_MISSING] : []), ...(expiry.ok ? [] : [expiry.problem])]);
}

type Merged = { readonly ok: true; readonly merged: PatchedFlag } | { readonly ok: false; readonly problems: readonly RequestProblem[] };

function merge(flag: FlagRecord, patch: object): Merged {
  const document = mergePatch(flagDocument(flag), patch);
  const problem = jsonProblem(document);
  if (problem !== null) return { ok: false, problems: problemsOf([problem]) };
  const parsed = patchedFlag.safeParse(document);
  return parsed.success ? { ok: true, merged: parsed.data } : { ok: false, problems: problemsOf(parsed.error.issues) };
}

/** Keeps an end that nobody touched, even one that is past: other members can be mended then. */
function patchedExpiry(flag: FlagRecord, merged: PatchedFlag, ttlDays: number | undefined, now: number) {
  const { kind, expiresAt } = merged;
  const isTouched = expiresAt !== flag.expiresAt?.toISOString();
  if (ttlDays !== undefined) return expiryOf({ kind, ttlDays, expiresAt: isTouched ? expiresAt : undefined }, now);
  return isTouched || expiresAt === undefined ? expiryOf({ kind, expiresAt }, now) : { ok: true as const, expiresAt: flag.expiresAt };
}

/** The flag that a merge patch leads to. */
export function patchedDraft(flag: FlagRecord, wanted: PatchFlag, now: number): Drafted {
  const { reason: _, ttlDays, ...patch } = wanted;
  const result = merge(flag, patch);
  if (!result.ok) return result;
  const { merged } = result;
  const expiry = patchedExpiry(flag, merged, ttlDays, now);
  const { key, type } = flag;
  const { schema = null, variants } = merged;
  const safeVariant = merged.safeVariant ?? defaultSafeVariant({ type, variants });
  const draft: FlagDraft = { ...merged, key, type, schema, safeVariant, expiresAt: expiry.ok ? expiry.expiresAt : null };
  return judged(draft, expiry.ok ? [] : [expiry.problem]);
}

/** What a changed flag would break in the flags that depend on it. */
export function dependentProblems(
  flag: Pick<FlagRecord, 'key'>,
  after: KnownFlag,
  dependents: readonly Dependent[],
): readonly RequestProblem[] {
  return dependents.flatMap((dependent) => {
    const who = `${JSON.stringify(dependent.flag)} in ${dependent.environment}`;
    const asked = dependent.prerequisites.filter((prerequisite) => prerequisite.flag === flag.key).flatMap(({ variants }) => variants);
    const gone = asked.filter((variant) => !after.variants.has(variant));
    const hidden = dependent.clientVisible && !after.clientVisible;
    return [
      ...gone.map((variant) => ({ path: pointer(['variants', variant]), message: `cannot go: ${who} asks for it` })),
      ...(hidden ? [{ path: '/clientVisible', message: `cannot end: ${who} is client-visible and has this flag as a prerequisite` }] : []),
    ];
  });
}
