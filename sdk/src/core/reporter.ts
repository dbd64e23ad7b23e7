import { PROTOCOL_VERSION } from '@ballast/protocol';
import { ask, type Core, cancel, type Frozen, later, log } from './core.js';
import { DAY_MS, LONGEST_REPORT_DELAY_MS, MAX_QUEUE, SECOND_MS, SPREAD_MS } from './limits.js';
import type { HttpAnswer } from './transport.js';

// Sends counters. A batch keeps its sequence number however often it is sent, so that the server, which claims each
// (instance, seq) once, counts exactly; a batch that can never be taken is dropped and counted.

/** Sends the open slot some seconds after its end; told by the counters when a slot opens, also by those of a client that is closed. */
export function slotOpened(core: Core, msLeft: number): void {
  if (!core.counters) return;
  later(core, slotOpened, msLeft, () => {
    core.counters?.roll();
    sendLater(core, SPREAD_MS);
  });
}

/** Sends everything now; resolves to whether the server has all of it. `last`: nobody may be there for the answer. */
export function flush(core: Core, last = false): Promise<boolean> {
  core.counters?.roll();
  return new Promise((resolve) => {
    core.flushes.push(resolve);
    send(core, last);
  });
}

/** Ends every timer and every report that is under way. */
export function quit(core: Core): void {
  for (const stop of [...core.timers.values(), ...core.sending]) stop();
  core.timers.clear();
  core.sending.clear();
  settle(core);
}

/** `most`: milliseconds; sooner by chance. */
function sendLater(core: Core, most: number): void {
  later(core, send, core.random() * most, send);
}

/** Sends one batch after the other, but all at once when they are the last. */
function send(core: Core, last = false): void {
  if (core.sending.size > 0 && !last) return;
  cancel(core, send);
  const oldest = core.now() - DAY_MS;
  for (const batch of core.queue) if (batch.t0 < oldest || core.queue.size > MAX_QUEUE) drop(core, batch);
  if (last || core.queue.size === 0) freeze(core);
  const batches = [...core.queue];
  if (batches.length === 0) settle(core);
  for (const batch of last ? batches : batches.slice(0, 1)) post(core, batch, last);
}

function freeze(core: Core): void {
  for (let batch = core.counters?.take(); batch; batch = core.counters?.take()) core.queue.add({ ...batch, seq: core.seq++ });
}

function drop(core: Core, batch: Frozen): void {
  if (core.queue.delete(batch)) core.counters?.lose(batch.evaluations);
}

function post(core: Core, batch: Frozen, last: boolean): void {
  const { instance, now } = core;
  const body = JSON.stringify({ v: PROTOCOL_VERSION, instance, seq: batch.seq, sentAt: now(), ...batch.content });
  const answer = ({ status }: HttpAnswer): void => {
    core.sending.delete(stop);
    answered(core, batch, `${status}`);
  };
  const stop = ask(core, 'telemetry', answer, { body, last });
  core.sending.add(stop);
}

function answered(core: Core, batch: Frozen, status: string): void {
  const isTaken = /^2/.test(status);
  // What took too long, or was too much at once, is worth another try.
  const isRefused = /^4(?!08|29)/.test(status);
  if (isRefused) {
    log(core, 'warn', `telemetry refused: ${status}`);
    drop(core, batch);
  }
  if (isTaken || isRefused) {
    core.queue.delete(batch);
    core.failures = 0;
    send(core);
  } else if (core.sending.size === 0) {
    settle(core);
    sendLater(core, Math.min(LONGEST_REPORT_DELAY_MS, SECOND_MS * 2 ** core.failures++));
  }
}

function settle(core: Core): void {
  const waiting = core.flushes;
  core.flushes = [];
  for (const resolve of waiting) resolve(core.queue.size === 0);
}
