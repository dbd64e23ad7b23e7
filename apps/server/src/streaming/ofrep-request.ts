import { evaluationContext } from '@ballast/api';
import type { EvaluationContext } from '@ballast/evaluation';
import type { Head } from '@ballast/streaming';
import { refuse } from '../errors.js';

/** What `configTag` makes, as a header or an event carries it. */
const TAG = /^(?:W\/)?"?(\d{1,15})-(\d{1,10})"?$/;

/** What a client heard on its event stream: the configuration it must not fall behind. */
export interface ConfigHint {
  readonly flagConfigEtag?: unknown;
  readonly flagConfigLastModified?: unknown;
}

/** Names what an environment serves at a revision; the same on every server, whatever the evaluation context. */
export function configTag({ revision, checksum }: Head): string {
  return `${revision}-${checksum}`;
}

/**
 * The evaluation context of a request: `{}` for a missing body and for one without context. Refuses a body that is no object
 * (`body.malformed`) and a context that is none or is over its limits (`context.invalid`).
 */
export function contextOf(body: unknown): EvaluationContext {
  if (body === undefined) return {};
  if (!isObject(body)) return refuse('body.malformed');
  if (!Object.hasOwn(body, 'context')) return {};
  const parsed = evaluationContext.safeParse(body.context);
  if (parsed.success) return parsed.data;
  return refuse('context.invalid', { problem: parsed.error.issues.map(({ message }) => message).join('; ') });
}

/** Whether the hint speaks of a configuration that this server may not have yet: a later one, or another of the same revision. */
export function mayBeAhead({ flagConfigEtag, flagConfigLastModified }: ConfigHint, { revision, checksum }: Head): boolean {
  if (flagConfigEtag === undefined && flagConfigLastModified === undefined) return false;
  const [, told, sum] = TAG.exec(String(flagConfigEtag)) ?? [];
  return told === undefined || Number(told) > revision || (Number(told) === revision && Number(sum) !== checksum);
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
