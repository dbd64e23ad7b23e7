import { about, backoff, type Random } from './session-delays.js';
import type { Changing, Session, SessionAction, SessionEvent, SessionEvents, Transition } from './session-model.js';

/** A session while it is being led on: with a place for actions, and chance. */
interface Draft extends Changing {
  readonly act: (action: SessionAction) => void;
  readonly random: Random;
}

type Handlers = { readonly [K in keyof SessionEvents]: (s: Draft, event: SessionEvent<K>) => void };

/** A session before it starts; `pollMs` is how often to ask by HTTP while there is no stream. */
export function newSession(pollMs: number): Session {
  return {
    status: 'connecting',
    cached: false,
    held: undefined,
    wanted: 0,
    needsSnapshot: false,
    link: 'down',
    http: 'unknown',
    fetching: false,
    isPutOff: false,
    resyncing: false,
    connectFailures: 0,
    fetchFailures: 0,
    pollMs,
  };
}

/** Where an event leads, and what is to be done about it; no I/O, no clock, no chance of its own. */
export function step(session: Session, event: SessionEvent, random: Random): Transition {
  const actions: SessionAction[] = [];
  if (session.status === 'closed' || (session.link === 'off' && event.kind !== 'close')) return { session, actions };
  const draft: Draft = { ...session, act: (action) => void actions.push(action), random };
  react(draft, event);
  report(draft, session);
  const { act: _act, random: _random, ...next } = draft;
  return { session: next, actions };
}

function react<K extends keyof SessionEvents>(s: Draft, event: SessionEvent<K>): void {
  handlers[event.kind](s, event);
}

const handlers: Handlers = {
  start(s, { held }) {
    s.held = held;
    s.cached = held !== undefined;
    connect(s);
    fetch(s);
  },

  due(s, { timer }) {
    if (timer === 'fetch') s.isPutOff = false;
    if (timer === 'connect') connect(s);
    else if (s.link !== 'up' || isBehind(s)) fetch(s);
  },

  connected(s) {
    s.link = 'up';
    s.connectFailures = 0;
    if (s.held !== undefined) s.act({ do: 'receipt', revision: s.held });
  },

  disconnected(s, { status }) {
    if (isFinal(status)) revoked(s);
    else lost(s);
  },

  silence(s) {
    s.act({ do: 'disconnect' });
    lost(s);
    s.http = 'failed';
    fetch(s);
  },

  goodbye(s, { reason }) {
    if (reason === 'revoked') return revoked(s);
    s.act({ do: 'disconnect' });
    lost(s);
  },

  /** The server cannot lead on from what is held: its snapshot counts, even if it is older. */
  reset(s, { revision }) {
    s.resyncing = false;
    if (s.held === revision && !s.needsSnapshot) return;
    s.wanted = revision;
    s.needsSnapshot = true;
    fetch(s);
  },

  delta(s, { result, to, via }) {
    if (result.outcome === 'applied') {
      s.resyncing = false;
      hold(s, to);
      if (result.changed.length > 0) s.act({ do: 'emit', event: 'configurationChanged' });
    }
    if (result.outcome === 'resync' && result.because !== 'gap') distrust(s, via);
    else if (result.outcome !== 'ignored') s.wanted = Math.max(s.wanted, to);
    if (via === 'http') fetched(s);
    else if (!s.fetching && isBehind(s) && !s.needsSnapshot) resync(s);
  },

  current: fetched,

  snapshot(s, { revision }) {
    const { held } = s;
    if (held === undefined || (s.needsSnapshot ? revision >= s.wanted : revision > held)) {
      s.needsSnapshot = false;
      s.act({ do: 'adopt' });
      hold(s, revision);
      if (held !== undefined) s.act({ do: 'emit', event: 'configurationChanged' });
    }
    fetched(s);
  },

  fetchFailed(s, { status, problem }) {
    if (isFinal(status)) return revoked(s);
    s.fetching = false;
    if (status === 410 && !s.needsSnapshot) {
      s.needsSnapshot = true;
      s.wanted = 0;
      return fetch(s);
    }
    s.http = 'failed';
    s.act({ do: 'emit', event: 'error', problem });
    if (s.link !== 'up' || isBehind(s)) wakeFetch(s, backoff(s.fetchFailures++, s.random));
  },

  close(s) {
    s.link = 'closed';
    s.act({ do: 'disconnect' });
  },
};

/** Whether the server is known to have something that is not held. */
function isBehind(s: Session): boolean {
  return s.held === undefined || s.needsSnapshot || s.held < s.wanted;
}

function isFinal(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

function connect(s: Draft): void {
  if (s.link !== 'down') return;
  s.link = 'opening';
  s.act({ do: 'connect', since: s.held });
}

/** The stream is gone or could not be made: try again, and ask by HTTP where that is not known to work. */
function lost(s: Draft): void {
  if (s.link === 'down') return;
  const wasUp = s.link === 'up';
  s.link = 'down';
  s.resyncing = false;
  s.act({ do: 'wake', timer: 'connect', afterMs: backoff(s.connectFailures++, s.random) });
  if (wasUp) {
    s.http = 'unknown';
    // Only once: a stream that is lost again and again must not put it off for ever.
    if (!s.isPutOff) wakeFetch(s, about(s.pollMs, s.random));
    s.isPutOff = true;
  } else if (s.http === 'unknown') fetch(s);
}

/** The key is no longer valid: final. What is held is still served. */
function revoked(s: Draft): void {
  s.link = 'off';
  s.act({ do: 'disconnect' });
  s.act({ do: 'emit', event: 'error', problem: 'revoked' });
}

function fetch(s: Draft): void {
  if (s.fetching) return;
  s.fetching = true;
  s.act(s.held === undefined || s.needsSnapshot ? { do: 'fetchSnapshot' } : { do: 'fetchChanges', since: s.held });
}

function wakeFetch(s: Draft, afterMs: number): void {
  s.act({ do: 'wake', timer: 'fetch', afterMs });
}

/** A request succeeded: ask again where something is still missing, later where there is no stream. */
function fetched(s: Draft): void {
  s.fetching = false;
  s.http = 'ok';
  const behind = isBehind(s);
  if (!behind) s.fetchFailures = 0;
  if (behind && s.link === 'up' && !s.needsSnapshot) resync(s);
  else if (behind) wakeFetch(s, backoff(s.fetchFailures++, s.random));
  else if (s.link !== 'up') wakeFetch(s, about(s.pollMs, s.random));
}

function resync(s: Draft): void {
  if (!s.resyncing) s.act({ do: 'resync', since: s.needsSnapshot ? undefined : s.held });
  s.resyncing = true;
}

/** What is held, or what came, is wrong: only a snapshot helps. */
function distrust(s: Draft, via: 'stream' | 'http'): void {
  s.needsSnapshot = true;
  s.resyncing = false;
  if (via === 'stream') resync(s);
}

function hold(s: Draft, revision: number): void {
  s.held = revision;
  s.act({ do: 'receipt', revision });
  s.act({ do: 'persist' });
}

function statusOf(s: Session): Session['status'] {
  if (s.link === 'closed') return 'closed';
  if (s.held === undefined) return s.link === 'off' ? 'closed' : 'connecting';
  if (s.link === 'off') return 'stale';
  if ((s.link === 'up' && !isBehind(s)) || s.http === 'ok') return 'ready';
  if (s.http === 'failed') return 'stale';
  return s.status === 'connecting' ? 'ready' : s.status;
}

/** Derives the status and tells what changed in it. */
function report(s: Draft, before: Session): void {
  s.status = statusOf(s);
  if (s.link === 'up' || s.http === 'ok') s.cached = false;
  const { status } = s;
  if (status === 'ready' && (before.status !== status || before.cached !== s.cached)) s.act({ do: 'emit', event: status });
  if (status === 'stale' && before.status !== status) s.act({ do: 'emit', event: status });
}
