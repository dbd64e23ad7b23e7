import { z } from 'zod';
import type { Route } from './route.js';

const pair = z
  .object({
    environmentId: z.uuid(),
    server: z.looseObject({}).meta({ description: 'A snapshot, as server keys see it' }),
    client: z.looseObject({}).meta({ description: 'A snapshot, as client keys see it' }),
  })
  .meta({ id: 'PairSnapshot', description: 'Both views of an environment, of one revision' });

const batches = z
  .object({ batches: z.array(z.object({ view: z.enum(['server', 'client']), batch: z.looseObject({}) })).max(200) })
  .meta({ description: 'Envelopes of counters as clients sent them, and the view of their keys. May be sent with Content-Encoding: gzip' });

const verdicts = z
  .object({
    verdicts: z.array(
      z.object({
        outcome: z.enum(['counted', 'duplicate', 'expired', 'invalid']),
        rejectedRows: z.int().min(0).optional().meta({ description: 'Of a batch that was counted: rows about what its key does not show' }),
        problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      }),
    ),
  })
  .meta({ id: 'Verdicts', description: 'What became of each batch, in order' });

/** Doors of relays, for keys of the kind `relay` alone. */
export const relayRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/sdk/v1/relay/snapshot',
    id: 'getRelaySnapshot',
    tag: 'SDK',
    summary: 'All that an environment serves, as server keys and as client keys see it; by the key of a relay',
    access: 'sdk',
    answer: { status: 200, schema: pair },
  },
  {
    method: 'post',
    path: '/sdk/v1/relay/telemetry',
    id: 'forwardTelemetry',
    tag: 'SDK',
    summary: "Forward what a relay's clients counted; each batch is counted once, whichever way it comes; by the key of a relay",
    access: 'sdk',
    body: batches,
    answer: { status: 200, schema: verdicts },
    problems: [413],
  },
];
