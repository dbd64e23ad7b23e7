import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Answer, jsonAnswer, refuse } from './answer.js';

/** What the relay shows of itself. */
export interface Vitals {
  readonly isReady: () => boolean;
  readonly isConnected: () => boolean;
  readonly isStale: () => boolean;
  readonly revision: () => number | undefined;
  readonly clients: () => number;
  readonly relays: () => number;
  readonly queued: () => number;
}

/** Health and metrics: for those who start, watch and balance relays; no credential is needed. */
export class Health {
  readonly #version: string;
  readonly #vitals: Vitals;
  readonly #registry = new Registry();
  readonly #diskFailures = new Counter({
    name: 'ballast_relay_disk_failures_total',
    help: 'Times that the kept snapshot could not be read or written',
    registers: [this.#registry],
  });

  constructor(version: string, vitals: Vitals) {
    this.#version = version;
    this.#vitals = vitals;
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('ballast_relay_clients', 'Connected stream clients', () => vitals.clients());
    this.#gauge('ballast_relay_relays', 'Connected relays further down', () => vitals.relays());
    this.#gauge('ballast_relay_revision', 'Revision held; -1 before there is one', () => vitals.revision() ?? -1);
    this.#gauge('ballast_relay_upstream_connected', '1 while there is a connection to upstream', () => Number(vitals.isConnected()));
    this.#gauge('ballast_relay_stale', '1 while clients are told that what they hold may be old', () => Number(vitals.isStale()));
    this.#gauge('ballast_relay_forward_queue', 'Batches of counters that wait for upstream', () => vitals.queued());
  }

  /** The kept snapshot could not be read or written. */
  diskFailed(): void {
    this.#diskFailures.inc();
  }

  async live(): Promise<Answer> {
    return jsonAnswer({ status: 'live' });
  }

  /** Ready while there is a verified snapshot to serve, also one that may be old: an old flag is better than none. */
  async ready(): Promise<Answer> {
    return this.#vitals.isReady() ? jsonAnswer({ status: 'ready' }) : refuse('snapshot.loading', { retryAfter: 1 });
  }

  async release(): Promise<Answer> {
    return jsonAnswer({ version: this.#version, node: process.version });
  }

  async metrics(): Promise<Answer> {
    return { status: 200, headers: { 'content-type': this.#registry.contentType }, body: await this.#registry.metrics() };
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect: () => void gauge.set(read()) });
  }
}
