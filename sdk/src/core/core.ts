import { NONE, newSession, type Session, type SnapshotState } from '@ballast/protocol';
import type { Batch, Counters } from './counters.js';
import { Emitter } from './events.js';
import { attempt, wordsOf } from './json.js';
import { TIMEOUT_MS } from './limits.js';
import type { Settings } from './options.js';
import type { Cancel, HttpAnswer, HttpRequest, Platform, SnapshotCache, Socket } from './transport.js';

/** A batch that was sent at least once, or is about to be. */
export interface Frozen extends Batch {
  readonly seq: number;
}

/** All that one client has and knows. */
export interface Core extends Omit<Platform, 'logger'>, Settings {
  readonly instance: string;
  readonly emitter: Emitter;
  /** The last problem that was logged: the same one is not logged in a row. */
  lastProblem: string;
  /** Called after every event of the session. */
  readonly waiting: Set<() => void>;
  /** What is to happen later, each by what it is about. */
  readonly timers: Map<unknown, Cancel>;

  session: Session;
  /** What is evaluated now: live, else the last known good, else the bootstrap; undefined leaves the code defaults. */
  state?: SnapshotState | undefined;
  cache?: SnapshotCache | null;
  socket?: Socket | undefined;
  /** The revision that was receipted last on this socket. */
  told: number;
  /** The request for flags that is under way, or the last one. */
  request?: Cancel | undefined;
  /** The flags that the last change touched. */
  changed: () => readonly string[];

  counters?: Counters | undefined;
  readonly queue: Set<Frozen>;
  seq: number;
  failures: number;
  readonly sending: Set<Cancel>;
  /** Who waits for everything to be delivered. */
  flushes: ((delivered: boolean) => void)[];
}

/** A client before it starts. */
export function newCore(platform: Platform, settings: Settings): Core {
  const core: Core = {
    ...platform,
    ...settings,
    instance: platform.uuid(),
    emitter: new Emitter((error) => log(core, 'error', `listener failed: ${wordsOf(error)}`)),
    lastProblem: '',
    waiting: new Set(),
    timers: new Map(),
    session: newSession(settings.pollMs),
    told: NONE,
    changed: () => [],
    queue: new Set(),
    seq: 0,
    failures: 0,
    sending: new Set(),
    flushes: [],
  };
  return core;
}

/** Does something later, unless something waits under this name already. */
export function later(core: Core, name: unknown, ms: number, task: (core: Core) => void): void {
  if (core.timers.has(name)) return;
  const cancel = core.after(ms, () => {
    core.timers.delete(name);
    task(core);
  });
  core.timers.set(name, cancel);
}

/** Cancels what waits under this name; whether there was anything. */
export function cancel(core: Core, name: unknown): boolean {
  core.timers.get(name)?.();
  return core.timers.delete(name);
}

/** Asks the server, as this client. */
export function ask(core: Core, path: string, answer: (answer: HttpAnswer) => void, post?: Pick<HttpRequest, 'body' | 'last'>): Cancel {
  const { key, instance, sdk } = core;
  return core.http({ url: `${core.url}/sdk/v1/${path}`, key, instance: `${instance} ${sdk}`, timeoutMs: TIMEOUT_MS, ...post }, answer);
}

/** Tells the host's log; a logger that fails must not harm the host. */
export function log(core: Core, level: 'warn' | 'error', message: string): void {
  attempt(() => core.logger?.[level](`ballast: ${message}`));
}

/** Tells the log and the listeners that something went wrong. */
export function tell(core: Core, problem: string): void {
  if (problem !== core.lastProblem) log(core, 'warn', problem);
  core.lastProblem = problem;
  core.emitter.emit('error', () => new Error(problem));
}
