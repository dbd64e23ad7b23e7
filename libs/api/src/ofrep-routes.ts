import { z } from 'zod';
import { evaluationContext } from './evaluations.js';
import { ETAG, type Route, type RouteHeader } from './route.js';

const metadata = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .meta({ description: '`flagSetId` (`project/environment`) and `version`, beside what the flag says itself' });

const request = z
  .looseObject({ context: evaluationContext.optional() })
  .meta({ id: 'OfrepRequest', description: 'Without a context the empty one is meant' });

const success = z
  .object({
    key: z.string(),
    reason: z.enum(['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED']),
    variant: z.string().optional(),
    value: z.unknown().optional(),
    metadata: metadata.optional(),
  })
  .meta({ id: 'OfrepSuccess', description: 'Without `value` the default in the code applies' });

const failure = z
  .object({
    key: z.string(),
    errorCode: z.enum(['FLAG_NOT_FOUND', 'PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT', 'GENERAL']),
    errorDetails: z.string().optional(),
    metadata: metadata.optional(),
  })
  .meta({ id: 'OfrepFailure' });

const stream = z
  .object({
    type: z.literal('sse'),
    url: z.string().optional(),
    endpoint: z.object({ requestUri: z.string() }).optional(),
  })
  .meta({ id: 'OfrepStream', description: 'Where to hear of changes: a URL, or a path on the origin of this server' });

const bulk = z
  .object({ flags: z.array(z.union([success, failure])), metadata: metadata.optional(), eventStreams: z.array(stream) })
  .meta({ id: 'OfrepBulk' });

const API_KEY: RouteHeader = { name: 'X-API-Key', summary: 'The SDK key, instead of Authorization' };

const configEtag = z
  .string()
  .optional()
  .meta({ description: 'The `etag` of the event heard last: no older configuration is answered from' });
const configLastModified = z.string().optional().meta({ description: 'The `lastModified` of that event' });
const token = z.string().optional().meta({ description: 'What `eventStreams` of a bulk answer names; instead of an SDK key' });

/** Doors of the OpenFeature Remote Evaluation Protocol. Problems carry `errorCode`, `errorDetails` and `key` too. */
export const ofrepRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/ofrep/v1/evaluate/flags/{key}',
    id: 'ofrepEvaluate',
    tag: 'OFREP',
    summary: 'What one flag answers to a context',
    access: 'sdk',
    body: request,
    headers: [API_KEY],
    answer: { status: 200, schema: success },
  },
  {
    method: 'post',
    path: '/ofrep/v1/evaluate/flags',
    id: 'ofrepEvaluateAll',
    tag: 'OFREP',
    summary: 'What every flag that the key may see answers to a context',
    access: 'sdk',
    query: z.strictObject({ flagConfigEtag: configEtag, flagConfigLastModified: configLastModified }),
    body: request,
    headers: [API_KEY, { name: 'If-None-Match', summary: 'The ETag of the answer held' }],
    answer: { status: 200, schema: bulk, headers: [ETAG] },
    also: [{ status: 304, summary: 'The answer held is the current one', headers: [ETAG] }],
  },
  {
    method: 'get',
    path: '/ofrep/v1/stream',
    id: 'ofrepStream',
    tag: 'OFREP',
    summary: 'Server-sent events that tell when to evaluate again',
    access: 'sdk',
    query: z.strictObject({ token }),
    headers: [{ name: 'Last-Event-ID', summary: 'Id of the event heard last; whoever missed one is told at once' }],
    answer: { status: 200, summary: 'A `text/event-stream` of `refetchEvaluation` messages' },
  },
];
