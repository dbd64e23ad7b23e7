// Clients that deliver until they are answered, and some of it again, while the server is killed.
import { Agent, request } from 'node:http';
import { pause } from '../stream/clock.mjs';
import { SECRETS } from '../stream/place.mjs';
import { rowOf, TIMED } from './bodies.mjs';

const SLOT = 10_000;
const PATIENCE_MS = 100;
/** Batches that one client has on the way at once. */
const AT_ONCE = 8;

function post(agent, port, body) {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${SECRETS.server}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/sdk/v1/telemetry', headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
      response.once('error', () => resolve(0));
    });
    sent.once('error', () => resolve(0));
    sent.end(body);
  });
}

/** Every third of ten batches comes twice, a while apart. */
const isSentAgain = (number) => number % 10 < 3;

function batchOf(instance, seq, began) {
  const t0 = began - (began % SLOT) - SLOT * (seq % 360);
  const rows = ['on', 'off'].map((variant, i) =>
    rowOf(`flag-${(seq + i) % 20}`, { t0, variant, ...TIMED, exposures: 1 + (seq % 7), ok: 100 + (seq % 5), err: seq % 3 }),
  );
  return JSON.stringify({ v: 1, instance, seq, sentAt: began, rows, unknown: {}, dropped: 0 });
}

/** What batches up to a number add up to. */
export function expected(clients, each) {
  const sum = { exposures: 0, ok: 0, err: 0, hist: 0 };
  for (let seq = 0; seq < each; seq++) {
    sum.exposures += 2 * clients * (1 + (seq % 7));
    sum.ok += 2 * clients * (100 + (seq % 5));
    sum.err += 2 * clients * (seq % 3);
    sum.hist += 2 * clients * 100;
  }
  return sum;
}

/** Delivers everything; `onProgress` hears of every acknowledged delivery and is waited for. */
export async function deliver({ port, clients, each, onProgress }) {
  const agent = new Agent({ keepAlive: true });
  const began = Date.now();
  let acknowledged = 0;
  let tries = 0;
  const untilTaken = async (body) => {
    for (;;) {
      tries += 1;
      const status = await post(agent, port, body);
      if (status === 200) break;
      if (status !== 0 && status !== 429 && status < 500) throw new Error(`a batch was answered ${status}`);
      await pause(PATIENCE_MS);
    }
    acknowledged += 1;
    onProgress(acknowledged);
  };
  const client = async (number) => {
    let seq = 0;
    const lane = async () => {
      for (let own = seq++; own < each; own = seq++) {
        const body = batchOf(`client-${number}`, own, began);
        await untilTaken(body);
        if (isSentAgain(own)) await untilTaken(body);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  agent.destroy();
  return { acknowledged, tries, seconds: (Date.now() - began) / 1_000 };
}
