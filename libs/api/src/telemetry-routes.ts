import { z } from 'zod';
import { importQuery, importReport } from './imports.js';
import { outcomeReceipt, outcomeReport, trackedEvents } from './outcomes.js';
import { IDEMPOTENCY_KEY, type Route } from './route.js';
import { written } from './route-answers.js';
import { exposures, exposuresQuery, telemetryReceipt, telemetryStorage, telemetryUsage } from './telemetry.js';

const telemetryBatch = z.looseObject({}).meta({
  description: 'One envelope of counters, as the protocol describes it. May be sent with Content-Encoding: gzip',
});

const otlpRequest = z.looseObject({}).meta({ description: 'As OTLP 1 over HTTP describes it, binary or JSON' });
const otlpTypes = ['application/json', 'application/x-protobuf'];

/** An `Export…ServiceResponse`: empty, unless something was refused. */
function otlpAnswer(rejected: string) {
  const partialSuccess = z.object({ [rejected]: z.string(), errorMessage: z.string() }).optional();
  return z.object({ partialSuccess }).meta({ description: 'In the form of the request' });
}

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
    method: 'post',
    path: '/sdk/v1/outcomes',
    id: 'reportOutcomes',
    tag: 'SDK',
    summary: 'Report what came of variants, for programs without an SDK; counted once per Idempotency-Key, which is required',
    access: 'sdk',
    headers: [IDEMPOTENCY_KEY],
    body: outcomeReport,
    answer: { status: 200, schema: outcomeReceipt },
    problems: [413, 422],
  },
  {
    method: 'get',
    path: '/api/v1/projects/{project}/flags/{flag}/environments/{environment}/outcomes',
    id: 'getOutcomes',
    tag: 'Telemetry',
    summary: 'Events that followed on the variants of a flag: how many, and the sum of their values',
    access: 'read',
    query: exposuresQuery,
    answer: { status: 200, schema: trackedEvents },
  },
  {
    method: 'post',
    path: '/v1/traces',
    id: 'exportTraces',
    tag: 'OpenTelemetry',
    summary: 'Leave spans: their evaluations of flags are counted, and the end of a trace is the outcome of each flag evaluated in it',
    access: 'sdk',
    body: otlpRequest,
    bodyTypes: otlpTypes,
    answer: { status: 200, schema: otlpAnswer('rejectedSpans') },
    problems: [413],
  },
  {
    method: 'post',
    path: '/v1/logs',
    id: 'exportLogs',
    tag: 'OpenTelemetry',
    summary: 'Leave log records: the events feature_flag.evaluation among them are counted',
    access: 'sdk',
    body: otlpRequest,
    bodyTypes: otlpTypes,
    answer: { status: 200, schema: otlpAnswer('rejectedLogRecords') },
    problems: [413],
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
    method: 'get',
    path: '/api/v1/telemetry/storage',
    id: 'getTelemetryStorage',
    tag: 'Telemetry',
    summary: 'How much room telemetry takes in the database, by resolution',
    access: 'read',
    answer: { status: 200, schema: telemetryStorage },
  },
  {
    method: 'get',
    path: '/api/v1/projects/{project}/environments/{environment}/telemetry',
    id: 'getTelemetryUsage',
    tag: 'Telemetry',
    summary: 'Who sends telemetry to an environment, and which flags it is about',
    access: 'read',
    answer: { status: 200, schema: telemetryUsage },
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
