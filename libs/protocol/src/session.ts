import { about, backoff } from './session-delays.js';
import {
  CLOSED,
  DOWN,
  OFF,
  OPENING,
  type Random,
  type Session,
  type SessionAction,
  type SessionDelta,
  type SessionDraft,
  type SessionEvent,
  UP,
} from './session-model.js';

/** How long a stream must last before the next one is opened without the waits of those that failed. */
const STEADY_MS = 10_000;

/** A session before it starts; `pollMs` is how often to ask by HTTP while there is no stream. */
export function newSession(pollMs: number): Session {
  return {
    status: 'connecting',
    cached: false,
    held: undefined,
    wanted: 0,
    needsSnapshot: false,
    link: DOWN,
    reached: undefined,
    fetching: false,
    isPutOff: false,
    resyncing: false,
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

/** The client starts, with the revision it holds. */
export function started(held: number | undefined): SessionEvent {
  return (s) => {
    s.held = held;
    s.cached = held !== undefined;
    if (s.cached) s.status = 'ready';
    connect(s);
    fetch(s);
  };
}

/** The wait for the next stream is over, or a stream has lasted. */
export function connectDue(s: SessionDraft): void {
  if (s.link === UP) s.connectFailures = 0;
  connect(s);
}

/** The wait for the next request is over. */
export function fetchDue(s: SessionDraft): void {
  s.isPutOff = false;
  if (s.link !== UP || isBehind(s)) fetch(s);
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

/** The server cannot lead on from what is held: its snapshot counts, even if it is older. */
export function wasReset(revision: number): SessionEvent {
  return (s) => {
    s.resyncing = false;
    if (s.held !== revision || s.needsSnapshot) needSnapshot(s, revision);
  };
}

/** A delta came, as an answer or over the stream, and was, or was not, applied. */
export function deltaCame(to: number, result: SessionDelta, isAnswer: boolean): SessionEvent {
  return (s) => {
    if (result.outcome === 'applied') applied(s, to, result.changed.length);
    if (result.outcome === 'resync' && result.because !== 'gap') distrust(s, isAnswer);
    else if (result.outcome !== 'ignored') s.wanted = Math.max(s.wanted, to);
    if (isAnswer) current(s);
    else if (!s.fetching && !s.needsSnapshot) catchUp(s);
  };
}

/** A verified snapshot came. */
export function snapshotCame(revision: number): SessionEvent {
  return (s) => {
    const { held } = s;
    if (held === undefined || (s.needsSnapshot ? revision >= s.wanted : revision > held)) {
      s.needsSnapshot = false;
      act(s, (to) => to.adopt());
      hold(s, revision);
      if (held !== undefined) emit(s, 'configurationChanged');
    }
    current(s);
  };
}

/** A request succeeded: ask again where something is still missing, later where there is no stream. */
export function current(s: SessionDraft): void {
  s.fetching = false;
  s.reached = true;
  const behind = isBehind(s);
  if (!behind) s.fetchFailures = 0;
  if (behind && s.link === UP && !s.needsSnapshot) resync(s);
  else if (behind) fetchAgain(s);
  else if (s.link !== UP) fetchLater(s);
}

/** A request failed; `status` is 0 when there was no answer or it could not be read. */
export function fetchFailed(status: number, problem: string): SessionEvent {
  return (s) => {
    s.fetching = false;
    if (isFinal(status)) revoked(s);
    else if (status === 410 && !s.needsSnapshot) needSnapshot(s, 0);
    else {
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

function act(s: SessionDraft, action: SessionAction): void {
  s.actions.push(action);
}

/** Whether the server is known to have something that is not held. */
function isBehind(s: Session): boolean {
  return s.held === undefined || s.needsSnapshot || s.held < s.wanted;
}

function isFinal(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

function connect(s: SessionDraft): void {
  if (s.link !== DOWN) return;
  s.link = OPENING;
  act(s, (to) => to.connect(s.held));
}

function disconnect(s: SessionDraft): void {
  act(s, (to) => to.disconnect());
}

/** The stream is gone or could not be made: try again, and ask by HTTP where that is not known to work. */
function lost(s: SessionDraft): void {
  const { link } = s;
  if (link === DOWN) return;
  s.link = DOWN;
  s.resyncing = false;
  wake(s, connectDue, backoff(s.connectFailures++, s.random));
  if (link === UP) {
    s.reached = undefined;
    // Only once: a stream that is lost again and again must not put it off for ever.
    if (!s.isPutOff) fetchLater(s);
    s.isPutOff = true;
  } else if (s.reached === undefined) fetch(s);
}

function needSnapshot(s: SessionDraft, wanted: number): void {
  s.needsSnapshot = true;
  s.wanted = wanted;
  fetch(s);
}

function applied(s: SessionDraft, to: number, changes: number): void {
  s.resyncing = false;
  hold(s, to);
  if (changes > 0) emit(s, 'configurationChanged');
}

/** What is held, or what came, is wrong: only a snapshot helps. */
function distrust(s: SessionDraft, isAnswer: boolean): void {
  s.needsSnapshot = true;
  s.resyncing = false;
  if (!isAnswer) resync(s);
}

function fetch(s: SessionDraft): void {
  if (s.fetching) return;
  s.fetching = true;
  const since = s.needsSnapshot ? undefined : s.held;
  act(s, (to) => to.fetch(since));
}

function fetchLater(s: SessionDraft): void {
  wake(s, fetchDue, about(s.pollMs, s.random));
}

function fetchAgain(s: SessionDraft): void {
  wake(s, fetchDue, backoff(s.fetchFailures++, s.random));
}

function wake(s: SessionDraft, event: SessionEvent, afterMs: number): void {
  act(s, (to) => to.wake(event, afterMs));
}

function catchUp(s: SessionDraft): void {
  if (isBehind(s)) resync(s);
}

function resync(s: SessionDraft): void {
  const since = s.needsSnapshot ? undefined : s.held;
  if (!s.resyncing) act(s, (to) => to.resync(since));
  s.resyncing = true;
}

function hold(s: SessionDraft, revision: number): void {
  s.held = revision;
  receipt(s);
  act(s, (to) => to.persist());
}

function receipt(s: SessionDraft): void {
  const { held } = s;
  if (held !== undefined) act(s, (to) => to.receipt(held));
}

function emit(s: SessionDraft, event: 'ready' | 'stale' | 'configurationChanged'): void {
  act(s, (to) => to.emit(event));
}

/** Derives the status and tells what changed in it. */
function report(s: SessionDraft, before: Session): void {
  if (s.link === CLOSED || s.held === undefined) {
    s.status = s.link < OFF ? 'connecting' : 'closed';
    return;
  }
  const isLive = (s.link === UP && !isBehind(s)) || s.reached === true;
  if (isLive) {
    s.status = 'ready';
    s.cached = false;
  } else if (s.reached === false) s.status = 'stale';
  if (s.status !== before.status || s.cached !== before.cached) emit(s, s.status === 'stale' ? 'stale' : 'ready');
}
