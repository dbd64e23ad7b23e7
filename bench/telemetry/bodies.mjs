import { SECRETS } from '../stream/place.mjs';

const SLOT = 10_000;

/** What an SDK adds to a row when the code under the flag runs through it: latencies, and those above a threshold. */
export const TIMED = { slow: [500, 1], hist: [80, 20, 6, 30, 5, 25, 8, 15, 12, 8, 20, 2] };

/** One row as an SDK sends it: a hundred evaluations and outcomes. */
export function rowOf(flag, { t0, ...rest }) {
  return { flag, version: 1, variant: 'on', reason: 'SPLIT', t0, exposures: 100, ok: 98, err: 2, ...rest };
}

/** A request with a batch of this many flags, open where the instance and the number go. */
export function batchRequest(flags, more = {}) {
  const t0 = Date.now() - (Date.now() % SLOT);
  const rows = Array.from({ length: flags }, (_, i) => rowOf(`flag-${i}`, { t0, ...more }));
  return {
    head: headOf('/sdk/v1/telemetry', `Bearer ${SECRETS.server}`),
    status: 200,
    before: '{"v":1,"instance":"',
    between: '","seq":',
    after: `,"sentAt":${Date.now()},"rows":${JSON.stringify(rows)},"unknown":{},"dropped":0}`,
  };
}

/** What Unleash's own SDK sends about as many flags. */
export function metricsRequest(flags, token) {
  const stop = new Date();
  const start = new Date(stop.getTime() - SLOT);
  const toggles = Object.fromEntries(Array.from({ length: flags }, (_, i) => [`flag-${i}`, { yes: 100, no: 0, variants: {} }]));
  return {
    head: headOf('/api/client/metrics', token),
    status: 202,
    before: '{"appName":"bench","environment":"development","instanceId":"',
    between: '-',
    after: `","bucket":${JSON.stringify({ start, stop, toggles })}}`,
  };
}

function headOf(path, authorization) {
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n`;
}
