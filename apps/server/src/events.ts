import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Everything that `/metrics` shows. */
export const metrics = new Registry();

collectDefaultMetrics({ register: metrics });

const registers = [metrics];

const changes = new Counter({
  name: 'ballast_changes_total',
  help: 'Revisions written, by environment',
  labelNames: ['environment'],
  registers,
});
const kills = new Counter({ name: 'ballast_kills_total', help: 'Flags killed and restored', labelNames: ['action'], registers });
const streamClients = new Gauge({
  name: 'ballast_stream_clients',
  help: 'Connected stream clients, by kind of key',
  labelNames: ['kind'],
  registers,
});
const streamMessages = new Counter({
  name: 'ballast_stream_messages_total',
  help: 'Messages sent to stream clients, by name',
  labelNames: ['message'],
  registers,
});
const propagation = new Histogram({
  name: 'ballast_propagation_seconds',
  help: 'Time from the commit of a change to its receipt from a client',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers,
});
type InstancesOf = () => ReadonlyMap<string, Readonly<Record<string, number>>>;
const censuses = new Set<InstancesOf>();
new Gauge({
  name: 'ballast_instances',
  help: 'Instances connected to this server, by environment and how they are doing; wedged and silent ones are stale',
  labelNames: ['environment', 'state'],
  registers,
  collect() {
    this.reset();
    for (const census of censuses) {
      for (const [environment, states] of census()) {
        for (const [state, count] of Object.entries(states)) this.inc({ environment, state }, count);
      }
    }
  },
});
const ingestBatches = new Counter({
  name: 'ballast_ingest_batches_total',
  help: 'Telemetry batches, by outcome',
  labelNames: ['outcome'],
  registers,
});
const ingestRows = new Counter({
  name: 'ballast_ingest_rows_total',
  help: 'Telemetry rows, by outcome',
  labelNames: ['outcome'],
  registers,
});
const alertMessages = new Counter({
  name: 'ballast_alert_messages_total',
  help: 'Attempts to send a message about alerts, by kind of channel and outcome',
  labelNames: ['channel', 'outcome'],
  registers,
});
const telemetryBytes = new Gauge({
  name: 'ballast_telemetry_bytes',
  help: 'What counters take in the database, by resolution; shown by the server that leads',
  labelNames: ['table'],
  registers,
});
const authenticationFailures = new Counter({ name: 'ballast_authentication_failures_total', help: 'Credentials refused', registers });
const clockAhead = new Gauge({
  name: 'ballast_clock_ahead_seconds',
  help: 'How far the clock of this machine is ahead of the one of the database',
  registers,
});
const leads = new Gauge({ name: 'ballast_leader', help: 'Whether this server does the work that one does for all', registers });
const requests = new Histogram({
  name: 'ballast_http_request_duration_seconds',
  help: 'Time to answer HTTP requests, by method, route and status',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers,
});

/** A revision was committed. */
export function changeWritten(environment: string): void {
  changes.inc({ environment });
}

/** A flag was killed or restored. */
export function killSwitched(action: 'kill' | 'restore'): void {
  kills.inc({ action });
}

/** A client connected to the stream. */
export function streamOpened(kind: string): void {
  streamClients.inc({ kind });
}

/** A client left the stream. */
export function streamClosed(kind: string): void {
  streamClients.dec({ kind });
}

/** Messages of one name went out to `count` clients. */
export function streamSent(message: string, count = 1): void {
  streamMessages.inc({ message }, count);
}

/** A client confirmed a change this long after its commit. */
export function changePropagated(seconds: number): void {
  propagation.observe(seconds);
}

/** A credential was refused. */
export function authenticationFailed(): void {
  authenticationFailures.inc();
}

/** From now on `/metrics` shows these instances, by environment and state, until the returned function is called. */
export function instancesShown(census: InstancesOf): () => void {
  censuses.add(census);
  return () => void censuses.delete(census);
}

/** Telemetry came in and was counted, seen before, or partly refused. */
export function telemetryReceived(received: TelemetryReceived): void {
  for (const outcome of ['counted', 'duplicate', 'expired'] as const) ingestBatches.inc({ outcome }, received[outcome] ?? 0);
  ingestRows.inc({ outcome: 'counted' }, received.rows ?? 0);
  ingestRows.inc({ outcome: 'rejected' }, received.rejectedRows ?? 0);
  ingestRows.inc({ outcome: 'skewed' }, received.skewedRows ?? 0);
  ingestRows.inc({ outcome: 'clamped' }, received.clampedRows ?? 0);
  ingestRows.inc({ outcome: 'overflow' }, received.overflowRows ?? 0);
}

/** Sizes of what one telemetry request brought. */
export interface TelemetryReceived {
  readonly counted?: number;
  readonly duplicate?: number;
  readonly expired?: number;
  readonly rows?: number;
  readonly rejectedRows?: number;
  /** Rows among those counted that were placed by the moment of receipt, that counted more than there was room for, and that had to share a series. */
  readonly skewedRows?: number;
  readonly clampedRows?: number;
  readonly overflowRows?: number;
}

/** The tables of telemetry were measured. */
export function telemetryStored(tables: readonly { readonly table: string; readonly bytes: number }[]): void {
  for (const { table, bytes } of tables) telemetryBytes.set({ table }, bytes);
}

/** This server does not measure the tables of telemetry any more: another one shows them. */
export function telemetryLeft(): void {
  telemetryBytes.reset();
}

/** The machine's clock was compared with that of the database. */
export function clockMeasured(aheadSeconds: number): void {
  clockAhead.set(aheadSeconds);
}

/** This server leads now, or does so no more. */
export function leaderChanged(isLeader: boolean): void {
  leads.set(isLeader ? 1 : 0);
}

/** An HTTP request was answered. */
export function requestAnswered(
  labels: { readonly method: string; readonly route: string; readonly status: number },
  seconds: number,
): void {
  requests.observe(labels, seconds);
}

/** A message about alerts was delivered, has to be sent again, or failed for good. */
export function alertMessageSent(channel: string, outcome: 'delivered' | 'again' | 'failed'): void {
  alertMessages.inc({ channel, outcome });
}
