import { createHash } from 'node:crypto';
import { type EvaluationContext, evaluate, type FlagSet, type Resolution } from '@ballast/evaluation';
import type { SdkIdentity } from '../access/index.js';
import type { Settings } from '../settings/index.js';
import { configTag } from './ofrep-request.js';

/** One view of an environment at a revision, ready for evaluation. */
export interface Held extends FlagSet {
  readonly revision: number;
  readonly checksum: number;
}

/** Who asks, for which context, and what the answer is made of. */
export interface Question {
  readonly identity: Pick<SdkIdentity, 'keyId' | 'environment'>;
  readonly held: Held;
  readonly context: EvaluationContext;
  readonly metadata: Settings['ofrepMetadata'];
}

type Metadata = { readonly [name: string]: string | number | boolean };

/** OFREP's answer for one flag; without `value` the caller's own default applies. */
export interface OfrepSuccess {
  readonly key: string;
  readonly reason: string;
  readonly variant?: string;
  readonly value?: unknown;
  readonly metadata?: Metadata;
}

/** OFREP's answer for a flag that cannot be evaluated. */
export interface OfrepFailure {
  readonly key: string;
  readonly errorCode: string;
  readonly errorDetails: string;
  readonly metadata?: Metadata;
}

/** Where OFREP clients hear of changes: the whole URL, or the path on the origin that they call anyway. */
export type OfrepStream = { readonly type: 'sse' } & ({ readonly url: string } | { readonly endpoint: { readonly requestUri: string } });

/** OFREP's answer for all flags. */
export interface OfrepBulk {
  readonly flags: readonly (OfrepSuccess | OfrepFailure)[];
  readonly metadata?: Metadata;
  readonly eventStreams: readonly OfrepStream[];
}

/** What one flag answers to a context. */
export function answerOf(question: Question, key: string): OfrepSuccess | OfrepFailure {
  const resolution = evaluate(question.held, key, question.context);
  const metadata = metadataOf(question, resolution);
  if (resolution.reason !== 'ERROR') {
    const { reason, variant, value } = resolution;
    return { key, reason, ...(variant !== undefined && { variant, value }), ...metadata };
  }
  const { errorCode, errorMessage } = resolution;
  return { key, errorCode, errorDetails: errorCode === 'FLAG_NOT_FOUND' ? `flag ${key} not found` : errorMessage, ...metadata };
}

/** What every flag of the view answers to a context, and where to hear of changes. */
export function bulkOf(question: Question, stream: OfrepStream): OfrepBulk {
  const flags = [...question.held.flags.keys()].map((key) => answerOf(question, key));
  return { flags, ...metadataOf(question, null), eventStreams: [stream] };
}

/**
 * The strong ETag of a bulk answer. It covers all that the answer follows from, so it is known without evaluating anything: the key,
 * the configuration, the evaluation context (in whatever order its members come), the stream and what goes into the metadata.
 */
export function bulkTag({ identity, held, context, metadata }: Question, stream: OfrepStream): string {
  const parts = [identity.keyId, identity.environment, configTag(held), metadata, stream, inOrder(context)];
  return `"${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}"`;
}

/** Which set the flags are of and its version, for all of them (`null`) or for one: what a flag says itself comes on top. */
function metadataOf({ identity, held, metadata }: Question, resolution: Resolution | null): { readonly metadata?: Metadata } {
  const own = resolution?.metadata ?? {};
  if (metadata === 'full') {
    const version = String(resolution === null || resolution.version === 0 ? held.revision : resolution.version);
    return { metadata: { flagSetId: identity.environment, version, ...own } };
  }
  return Object.keys(own).length > 0 ? { metadata: own } : {};
}

/** The same JSON value with the members of every object in one order; the context is bounded in depth when it gets here. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(inOrder)];
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, inOrder(member)]);
}
