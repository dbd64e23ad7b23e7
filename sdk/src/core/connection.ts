import {
  affectedFlags,
  applyDelta,
  differences,
  newSession,
  parseDelta,
  parseGoodbye,
  parseReset,
  type Session,
  type SessionAction,
  type SessionEvent,
  type SnapshotState,
  step,
} from '@ballast/protocol';
import type { ClientNews } from './events.js';
import { parseJson } from './json.js';
import { prepare, type Store } from './store.js';
import type { Cancel, Platform, Socket } from './transport.js';

const TIMEOUT_MS = 10_000;
const RECEIPT_DELAY_MS = 100;

/** Whom to talk to, and as whom. */
export interface ConnectionTarget {
  readonly url: string;
  readonly key: string;
  readonly instance: string;
  readonly pollMs: number;
}

/** What the connection tells the client. */
export interface ConnectionEvents {
  news(event: 'ready' | 'stale' | 'configurationChanged', make: () => ClientNews): void;
  error(problem: string): void;
  /** Called after every step, whatever came of it. */
  stepped(): void;
}

/** Does what the session asks for: stream, requests, timers. All decisions are the session's. */
export class Connection {
  readonly #platform: Platform;
  readonly #store: Store;
  readonly #target: ConnectionTarget;
  readonly #events: ConnectionEvents;
  #session: Session;
  #socket: Socket | null = null;
  #fetched: SnapshotState | undefined;
  #changed: () => readonly string[] = () => [];
  #request: Cancel | null = null;
  readonly #timers = new Map<'connect' | 'fetch' | 'receipt', Cancel>();

  constructor(platform: Platform, store: Store, target: ConnectionTarget, events: ConnectionEvents) {
    this.#platform = platform;
    this.#store = store;
    this.#target = target;
    this.#events = events;
    this.#session = newSession(target.pollMs);
  }

  get session(): Session {
    return this.#session;
  }

  /** Connects and fetches at the same time. */
  start(): void {
    this.#step({ kind: 'start', held: this.#store.state?.revision });
  }

  /** Ends every socket, request and timer. */
  close(): void {
    this.#step({ kind: 'close' });
    this.#request?.();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #step(event: SessionEvent): void {
    const { session, actions } = step(this.#session, event, this.#platform.random);
    this.#session = session;
    for (const action of actions) this.#act(action);
    this.#events.stepped();
  }

  #act(action: SessionAction): void {
    switch (action.do) {
      case 'connect':
        this.#connect(action.since);
        break;
      case 'disconnect':
        this.#socket?.close();
        this.#socket = null;
        break;
      case 'wake':
        this.#wake(action.timer, action.afterMs, () => this.#step({ kind: 'due', timer: action.timer }));
        break;
      case 'fetchSnapshot':
        this.#fetch('snapshot', (text) => this.#snapshotArrived(text));
        break;
      case 'fetchChanges':
        this.#fetch(`changes?since=${action.since}`, (text) => this.#delta(parseJson(text), 'http'));
        break;
      case 'resync':
        this.#socket?.send('resync', { since: action.since });
        break;
      case 'adopt':
        this.#adopt();
        break;
      case 'receipt':
        this.#receipt();
        break;
      case 'persist':
        this.#store.persist();
        break;
      default:
        if (action.event === 'error') this.#events.error(action.problem);
        else this.#news(action.event);
    }
  }

  #news(event: 'ready' | 'stale' | 'configurationChanged'): void {
    const { held: revision, cached } = this.#session;
    const changed = this.#changed;
    this.#events.news(event, () => ({ revision, cached, keys: event === 'configurationChanged' ? changed() : [] }));
  }

  #wake(timer: 'connect' | 'fetch' | 'receipt', ms: number, task: () => void): void {
    this.#timers.get(timer)?.();
    this.#timers.set(timer, this.#platform.after(ms, task));
  }

  #receipt(): void {
    this.#wake('receipt', RECEIPT_DELAY_MS, () => {
      const revision = this.#store.state?.revision;
      if (revision !== undefined) this.#socket?.send('applied', { revision, at: this.#platform.now() });
    });
  }

  #connect(since: number | undefined): void {
    const { url, key, instance } = this.#target;
    const auth = { key, instance, sdk: this.#platform.sdk, ...(since !== undefined && { since }) };
    this.#socket = this.#platform.openSocket(url, auth, {
      connected: () => this.#step({ kind: 'connected' }),
      message: (event, payload) => this.#message(event, payload),
      disconnected: (status) => {
        this.#socket = null;
        this.#step(status === 'silent' ? { kind: 'silence' } : { kind: 'disconnected', ...(status && { status }) });
      },
    });
  }

  #message(event: string, payload: unknown): void {
    if (event === 'delta') this.#delta(payload, 'stream');
    if (event === 'reset') {
      const reset = parseReset(payload);
      if (typeof reset === 'object') this.#step({ kind: 'reset', revision: reset.revision });
    }
    if (event === 'goodbye') {
      const goodbye = parseGoodbye(payload);
      if (typeof goodbye === 'object') this.#step({ kind: 'goodbye', reason: goodbye.reason });
    }
  }

  #delta(payload: unknown, via: 'stream' | 'http'): void {
    const delta = parseDelta(payload);
    if (typeof delta === 'string') {
      this.#events.error(delta);
      this.#step({ kind: 'delta', to: 0, via, result: { outcome: 'resync', because: 'checksum' } });
      return;
    }
    const { state } = this.#store;
    const result = state ? applyDelta(state, delta) : ({ outcome: 'unheld' } as const);
    if (state && result.outcome === 'applied') this.#changed = () => affectedFlags(state, result.changed);
    this.#step({ kind: 'delta', to: delta.to, via, result });
  }

  #adopt(): void {
    const before = this.#store.state;
    const after = this.#fetched;
    if (!after) return;
    this.#store.state = after;
    this.#changed = () => affectedFlags(after, before ? differences(before, after) : []);
  }

  /** Hands a good answer on; whatever else comes back is a failed fetch. */
  #fetch(path: string, arrived: (text: string) => void): void {
    const { url, key } = this.#target;
    this.#request = this.#platform.http({ url: `${url}/sdk/v1/${path}`, key, timeoutMs: TIMEOUT_MS }, ({ status, text }) => {
      if (status === 204 || status === 304) this.#step({ kind: 'current' });
      else if (status === 200) arrived(text);
      else this.#step({ kind: 'fetchFailed', status, problem: `${path} ${status}: ${text.slice(0, 200)}` });
    });
  }

  #snapshotArrived(text: string): void {
    const prepared = prepare(parseJson(text));
    if (typeof prepared === 'string') {
      this.#step({ kind: 'fetchFailed', status: 0, problem: prepared });
      return;
    }
    this.#fetched = prepared;
    this.#step({ kind: 'snapshot', revision: prepared.revision });
    this.#fetched = undefined;
  }
}
