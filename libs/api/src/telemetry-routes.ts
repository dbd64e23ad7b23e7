import { z } from 'zod';
import { importQuery, importReport } from './imports.js';
import { written } from './place-routes.js';
import type { Route } from './route.js';
import { exposures, exposuresQuery, telemetryReceipt } from './telemetry.js';

const telemetryBatch = z.looseObject({}).meta({
  description: 'One envelope of counters, as the protocol describes it. May be sent with Content-Encoding: gzip',
});

const flagdFile = z.looseObject({ flags: z.unknown() }).meta({ description: 'The file as it is: flagd, JSON schema v0' });

/** Telemetry and imports. */
export const telemetryRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/sdk/v1/telemetry',
    id: 'sendTelemetry',
    tag: 'SDK',
    summary: 'Leave counters; a batch is counted once, whatever number of times it is sent',
    access: 'sdk',
    body: telemetryBatch,
    answer: { status: 200, schema: telemetryReceipt },
    problems: [410, 413],
  },
  {
    method: 'get',
    path: '/api/v1/projects/{project}/flags/{flag}/environments/{environment}/exposures',
    id: 'getExposures',
    tag: 'Telemetry',
    summary: 'Evaluations and outcomes of a flag, per version, variant, reason and time',
    access: 'read',
    query: exposuresQuery,
    answer: { status: 200, schema: exposures },
  },
  {
    method: 'post',
    path: '/api/v1/projects/{project}/environments/{environment}/import',
    id: 'importFlags',
    tag: 'Flags',
    summary: "Import another system's flags; each flag is taken whole or refused with its reasons",
    access: 'write',
    query: importQuery,
    body: flagdFile,
    answer: { status: 200, schema: written(importReport) },
    problems: [413],
  },
];
