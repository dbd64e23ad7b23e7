import { about, backoff, type Random } from './session-delays.js';
import type { Draft, Session, SessionAction, SessionEvent, SessionEvents, Transition } from './session-model.js';

/** What one transition works on: a place for actions, and chance. */
interface Work {
  readonly act: (action: SessionAction) => void;
  readonly random: Random;
}

type Handlers = { readonly [K in keyof SessionEvents]: (s: Draft, work: Work, event: SessionEvent<K>) => void };

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
    resyncing: false,
    connectFailures: 0,
    fetchFailures: 0,
    pollMs,
  };
}

/** Where an event leads, and what is to be done about it; no I/O, no clock, no chance of its own. */
export function step(session: Session, event: SessionEvent, random: Random): Transition {
  const next: Draft = { ...session };
  const actions: SessionAction[] = [];
  const work: Work = { act: (action) => void actions.push(action), random };
  if (session.status !== 'closed' && (session.link !== 'off' || event.kind === 'close')) {
    react(next, work, event);
    report(next, session, work);
  }
  return { session: next, actions };
}

function react<K extends keyof SessionEvents>(s: Draft, work: Work, event: SessionEvent<K>): void {
  handlers[event.kind](s, work, event);
}

const handlers: Handlers = {
  start(s, work, { held }) {
    s.held = held;
    s.cached = held !== undefined;
    connect(s, work);
    fetch(s, work);
  },

  due(s, work, { timer }) {
    if (timer === 'connect') connect(s, work);
    else if (s.link !== 'up' || isBehind(s)) fetch(s, work);
  },

  connected(s, { act }) {
    s.link = 'up';
    s.connectFailures = 0;
    if (s.held !== undefined) act({ do: 'receipt', revision: s.held });
  },

  disconnected(s, work, { status }) {
    if (isFinal(status)) revoked(s, work);
    else lost(s, work);
  },

  silence(s, work) {
    work.act({ do: 'disconnect' });
    lost(s, work);
    s.http = 'failed';
    fetch(s, work);
  },

  goodbye(s, work, { reason }) {
    if (reason === 'revoked') return revoked(s, work);
    work.act({ do: 'disconnect' });
    lost(s, work);
  },

  /** The server cannot lead on from what is held: its snapshot counts, even if it is older. */
  reset(s, work, { revision }) {
    s.resyncing = false;
    if (s.held === revision && !s.needsSnapshot) return;
    s.wanted = revision;
    s.needsSnapshot = true;
    fetch(s, work);
  },

  delta(s, work, { result, to, via }) {
    if (result.outcome === 'applied') {
      s.resyncing = false;
      hold(s, work, to);
      if (result.changed.length > 0) work.act({ do: 'emit', event: 'configurationChanged' });
    }
    if (result.outcome === 'resync' && result.because !== 'gap') distrust(s, work, via);
    else if (result.outcome !== 'ignored') s.wanted = Math.max(s.wanted, to);
    if (via === 'http') fetched(s, work);
    else if (!s.fetching && isBehind(s) && !s.needsSnapshot) resync(s, work);
  },

  current: fetched,

  snapshot(s, work, { revision }) {
    const { held } = s;
    if (held === undefined || (s.needsSnapshot ? revision >= s.wanted : revision > held)) {
      s.needsSnapshot = false;
      work.act({ do: 'adopt' });
      hold(s, work, revision);
      if (held !== undefined) work.act({ do: 'emit', event: 'configurationChanged' });
    }
    fetched(s, work);
  },

  fetchFailed(s, work, { status, problem }) {
    if (isFinal(status)) return revoked(s, work);
    s.fetching = false;
    if (status === 410 && !s.needsSnapshot) {
      s.needsSnapshot = true;
      s.wanted = 0;
      return fetch(s, work);
    }
    s.http = 'failed';
    work.act({ do: 'emit', event: 'error', problem });
    if (s.link !== 'up' || isBehind(s)) wakeFetch(work, backoff(s.fetchFailures++, work.random));
  },

  close(s, { act }) {
    s.link = 'closed';
    act({ do: 'disconnect' });
  },
};

/** Whether the server is known to have something that is not held. */
function isBehind(s: Session): boolean {
  return s.held === undefined || s.needsSnapshot || s.held < s.wanted;
}

function isFinal(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

function connect(s: Draft, { act }: Work): void {
  if (s.link !== 'down') return;
  s.link = 'opening';
  act({ do: 'connect', since: s.held });
}

/** The stream is gone or could not be made: try again, and ask by HTTP where that is not known to work. */
function lost(s: Draft, work: Work): void {
  if (s.link === 'down') return;
  const wasUp = s.link === 'up';
  s.link = 'down';
  s.resyncing = false;
  work.act({ do: 'wake', timer: 'connect', afterMs: backoff(s.connectFailures++, work.random) });
  if (wasUp) {
    s.http = 'unknown';
    wakeFetch(work, about(s.pollMs, work.random));
  } else if (s.http === 'unknown') fetch(s, work);
}

/** The key is no longer valid: final. What is held is still served. */
function revoked(s: Draft, { act }: Work): void {
  s.link = 'off';
  act({ do: 'disconnect' });
  act({ do: 'emit', event: 'error', problem: 'revoked' });
}

function fetch(s: Draft, { act }: Work): void {
  if (s.fetching) return;
  s.fetching = true;
  act(s.held === undefined || s.needsSnapshot ? { do: 'fetchSnapshot' } : { do: 'fetchChanges', since: s.held });
}

function wakeFetch({ act }: Work, afterMs: number): void {
  act({ do: 'wake', timer: 'fetch', afterMs });
}

/** A request succeeded: ask again where something is still missing, later where there is no stream. */
function fetched(s: Draft, work: Work): void {
  s.fetching = false;
  s.http = 'ok';
  const behind = isBehind(s);
  if (!behind) s.fetchFailures = 0;
  if (behind && s.link === 'up' && !s.needsSnapshot) resync(s, work);
  else if (behind) wakeFetch(work, backoff(s.fetchFailures++, work.random));
  else if (s.link !== 'up') wakeFetch(work, about(s.pollMs, work.random));
}

function resync(s: Draft, { act }: Work): void {
  if (!s.resyncing) act({ do: 'resync', since: s.needsSnapshot ? undefined : s.held });
  s.resyncing = true;
}

/** What is held, or what came, is wrong: only a snapshot helps. */
function distrust(s: Draft, work: Work, via: 'stream' | 'http'): void {
  s.needsSnapshot = true;
  s.resyncing = false;
  if (via === 'stream') resync(s, work);
}

function hold(s: Draft, { act }: Work, revision: number): void {
  s.held = revision;
  act({ do: 'receipt', revision });
  act({ do: 'persist' });
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
function report(s: Draft, before: Session, { act }: Work): void {
  s.status = statusOf(s);
  if (s.link === 'up' || s.http === 'ok') s.cached = false;
  const { status } = s;
  if (status === 'ready' && (before.status !== status || before.cached !== s.cached)) act({ do: 'emit', event: status });
  if (status === 'stale' && before.status !== status) act({ do: 'emit', event: status });
}
