import { z } from 'zod';
import { ETAG, type Route } from './route.js';

const revision = z.int().min(0);
const checksum = z.int().min(0).meta({ description: 'Sum of one hash per entry, modulo 2^32, as the protocol describes it' });
const entries = z.looseObject({}).meta({ description: 'By key, as the engine evaluates them' });

const snapshot = z
  .object({
    environment: z.string().meta({ description: '`project/environment`' }),
    revision,
    checksum,
    flags: entries,
    segments: entries,
  })
  .meta({ id: 'Snapshot' });

const change = z.object({ kind: z.enum(['flag', 'segment']), key: z.string(), value: z.looseObject({}).nullable() });

const delta = z
  .object({ environment: z.string(), from: revision, to: revision, checksum, changes: z.array(change) })
  .meta({ id: 'Delta', description: 'Leads from one revision to a later one; a value of null removes its entry' });

const since = z.coerce.number().int().min(0).meta({ description: 'The revision held' });

/** Doors of SDKs and of those who watch the server. */
export const sdkRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/sdk/v1/snapshot',
    id: 'getSnapshot',
    tag: 'SDK',
    summary: 'All that an environment serves, as the key may see it',
    access: 'sdk',
    headers: [{ name: 'If-None-Match', summary: 'The ETag of the snapshot held' }],
    answer: { status: 200, schema: snapshot, headers: [ETAG] },
    also: [{ status: 304, summary: 'The snapshot held is the current one', headers: [ETAG] }],
  },
  {
    method: 'get',
    path: '/sdk/v1/changes',
    id: 'getChanges',
    tag: 'SDK',
    summary: 'One delta from the revision held to the current one',
    access: 'sdk',
    query: z.strictObject({ since }),
    answer: { status: 200, schema: delta },
    also: [{ status: 204, summary: 'There is nothing newer' }],
    problems: [410],
  },
  {
    method: 'get',
    path: '/health/live',
    id: 'getLive',
    tag: 'Health',
    summary: 'Whether the process runs',
    access: null,
    answer: { status: 200, schema: z.object({ status: z.literal('live') }) },
  },
  {
    method: 'get',
    path: '/health/ready',
    id: 'getReady',
    tag: 'Health',
    summary: 'Whether every snapshot is loaded, and whether this server does the work that one does for all',
    access: null,
    answer: { status: 200, schema: z.object({ status: z.literal('ready'), leader: z.boolean() }) },
    problems: [503],
  },
  {
    method: 'get',
    path: '/health/version',
    id: 'getVersion',
    tag: 'Health',
    summary: 'Version of the server and of its Node.js',
    access: null,
    answer: { status: 200, schema: z.object({ version: z.string(), node: z.string() }) },
  },
];
