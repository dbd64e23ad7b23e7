import type { DeltaOutcome } from './delta.js';
import {
  act,
  connect,
  connectDue,
  disconnect,
  emit,
  fetch,
  fetchAgain,
  fetchLater,
  hold,
  isBehind,
  receipt,
  resync,
  wake,
} from './session-acts.js';
import { backoff, STEADY_MS } from './session-delays.js';
import { CLOSED, DOWN, NONE, OFF, type Random, type Session, type SessionDraft, type SessionEvent, UP } from './session-model.js';
import { report } from './session-status.js';
import type { SnapshotState } from './state.js';

/** A session before it starts; `pollMs` is how often to ask by HTTP while there is no stream. */
export function newSession(pollMs: number): Session {
  return {
    status: 'connecting',
    cached: false,
    held: NONE,
    base: NONE,
    wanted: 0,
    link: DOWN,
    connectFailures: 0,
    fetchFailures: 0,
    pollMs,
    actions: [],
  };
}

/** Where an event leads, and what is to be done about it; no I/O, no clock, no chance of its own. */
export function step(session: Session, event: SessionEvent, random: Random): Session {
  const draft: SessionDraft = { ...session, actions: [], random };
  if (draft.link < (event === closed ? CLOSED : OFF)) {
    event(draft);
    report(draft, session);
  }
  return draft;
}

/** The client starts, with the revision it holds, if any. Where nobody vouches for what that is, a snapshot is asked for all the same. */
export function started(held = NONE, isVouchedFor = true): SessionEvent {
  return (s) => {
    s.held = held;
    if (isVouchedFor) s.base = held;
    s.cached = held > NONE;
    if (s.cached) s.status = 'ready';
    connect(s);
    fetch(s);
  };
}

/** The stream is open. */
export function connected(s: SessionDraft): void {
  s.link = UP;
  wake(s, connectDue, STEADY_MS);
  receipt(s);
}

/** The stream closed or could not be opened; `status` is that of a refusal. */
export function disconnected(status: number | undefined): SessionEvent {
  return isFinal(status) ? revoked : lost;
}

/** Two heartbeats were missed. */
export function silent(s: SessionDraft): void {
  left(s);
  s.reached = false;
  fetch(s);
}

/** The server says goodbye and will be found again. */
export function left(s: SessionDraft): void {
  disconnect(s);
  lost(s);
}

/** The key is no longer valid: final. What is held is still served. */
export function revoked(s: SessionDraft): void {
  s.link = OFF;
  s.reached = false;
  disconnect(s);
  act(s, (to) => to.fail('revoked'));
}

/** The server cannot lead on from what is held, or has something else at that revision: its snapshot counts, even if it is older. */
export function wasReset(revision: number, isOther?: boolean): SessionEvent {
  return (s) => {
    s.isCut = s.resyncing = false;
    s.wanted = revision;
    if (isOther || s.base !== revision) needSnapshot(s);
  };
}

/** The other end hears nothing of its own server: what is held may be old until a reset, or on another stream. */
export function wentStale(s: SessionDraft): void {
  s.isCut = true;
}

/** A delta came, as an answer or over the stream, and was, or was not, applied. */
export function deltaCame(to: number, result: DeltaOutcome, isAnswer: boolean): SessionEvent {
  return (s) => {
    if (result.outcome === 'applied') applied(s, to, result.changed);
    if (result.outcome === 'resync' && result.because !== 'gap') distrust(s, isAnswer);
    else if (result.outcome !== 'ignored') s.wanted = Math.max(s.wanted, to);
    if (isAnswer) current(s);
    else if (!s.fetching && s.base > NONE && isBehind(s)) resync(s);
  };
}

/** A verified snapshot came. */
export function snapshotCame(snapshot: SnapshotState): SessionEvent {
  return (s) => {
    const { revision } = snapshot;
    const { held } = s;
    if (held === NONE || (s.base === NONE ? revision >= s.wanted : revision > s.base)) {
      act(s, (to) => to.adopt(snapshot));
      s.base = revision;
      hold(s, revision);
      if (held > NONE) emit(s, 'configurationChanged');
    }
    current(s);
  };
}

/** A request succeeded: ask again where something is still missing, later where there is no stream. */
export function current(s: SessionDraft): void {
  const isUp = s.link === UP;
  s.fetching = false;
  s.reached = true;
  if (isBehind(s)) {
    if (isUp && s.base > NONE) resync(s);
    else fetchAgain(s);
    return;
  }
  s.fetchFailures = 0;
  if (!isUp) fetchLater(s);
}

/** A request failed; `status` is 0 when there was no answer or it could not be read. */
export function fetchFailed(status: number, problem: string): SessionEvent {
  return (s) => {
    s.fetching = false;
    if (isFinal(status)) revoked(s);
    else if (status === 410 && s.base > NONE) {
      s.wanted = 0;
      needSnapshot(s);
    } else {
      s.reached = false;
      act(s, (to) => to.fail(problem));
      if (s.link !== UP || isBehind(s)) fetchAgain(s);
    }
  };
}

/** The client is closed. */
export function closed(s: SessionDraft): void {
  s.link = CLOSED;
  disconnect(s);
}

/** Whether a status says that a key opens nothing. */
export function isFinal(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

/** The stream is gone or could not be made: try again, and ask by HTTP where that is not known to work. */
function lost(s: SessionDraft): void {
  const { link } = s;
  if (link === DOWN) return;
  s.link = DOWN;
  s.isCut = s.resyncing = false;
  wake(s, connectDue, backoff(s.connectFailures++, s.random));
  if (link === UP) {
    s.reached = undefined;
    // Only once: a stream that is lost again and again must not put it off for ever.
    if (!s.isPutOff) fetchLater(s);
    s.isPutOff = true;
  } else if (s.reached === undefined) fetch(s);
}

function applied(s: SessionDraft, to: number, changed: readonly string[]): void {
  s.resyncing = false;
  if (s.base > NONE) s.base = to;
  hold(s, to);
  if (changed.length) emit(s, 'configurationChanged');
}

function needSnapshot(s: SessionDraft): void {
  s.base = NONE;
  fetch(s);
}

/** What is held, or what came, is wrong: only a snapshot helps. */
function distrust(s: SessionDraft, isAnswer: boolean): void {
  s.base = NONE;
  s.resyncing = false;
  if (!isAnswer) resync(s);
}
