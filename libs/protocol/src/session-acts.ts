import { about, backoff } from './session-delays.js';
import { DOWN, NONE, OPENING, type Session, type SessionAction, type SessionDraft, type SessionEvent, UP } from './session-model.js';

/** Asks for something to be done, after everything that was asked for before. */
export function act(s: SessionDraft, action: SessionAction): void {
  s.actions.push(action);
}

/** Whether the server is known to have something that is not held. */
export function isBehind(s: Session): boolean {
  return s.base < s.wanted;
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

/** Opens a stream where there is none. */
export function connect(s: SessionDraft): void {
  if (s.link !== DOWN) return;
  s.link = OPENING;
  act(s, (to) => to.connect(s.base));
}

/** Closes the stream. */
export function disconnect(s: SessionDraft): void {
  act(s, (to) => to.disconnect());
}

/** Asks by HTTP for what is missing, unless it is being asked for. */
export function fetch(s: SessionDraft): void {
  if (s.fetching) return;
  s.fetching = true;
  act(s, (to) => to.fetch(s.base));
}

/** Asks by HTTP at the next poll. */
export function fetchLater(s: SessionDraft): void {
  wake(s, fetchDue, about(s.pollMs, s.random));
}

/** Asks by HTTP after the wait of a failure. */
export function fetchAgain(s: SessionDraft): void {
  wake(s, fetchDue, backoff(s.fetchFailures++, s.random));
}

/** Lets an event happen later. */
export function wake(s: SessionDraft, event: SessionEvent, afterMs: number): void {
  act(s, (to) => to.wake(event, afterMs));
}

/** Asks over the stream for what is missing, once. */
export function resync(s: SessionDraft): void {
  if (!s.resyncing) act(s, (to) => to.resync(s.base));
  s.resyncing = true;
}

/** Holds a revision, and says so. */
export function hold(s: SessionDraft, revision: number): void {
  s.held = revision;
  receipt(s);
  act(s, (to) => to.persist());
}

/** Says which revision is held, if any. */
export function receipt(s: SessionDraft): void {
  if (s.held > NONE) act(s, (to) => to.receipt(s.held));
}

/** Tells the listeners. */
export function emit(s: SessionDraft, event: 'ready' | 'stale' | 'configurationChanged'): void {
  act(s, (to) => to.emit(event));
}
