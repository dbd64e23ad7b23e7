import { emit, isBehind } from './session-acts.js';
import { CLOSED, NONE, OFF, type Session, type SessionDraft, UP } from './session-model.js';

/** Whether what is held is known to be the newest there is. */
function isLive(s: Session): boolean {
  return !s.isCut && ((s.link === UP && !isBehind(s)) || s.reached === true);
}

/** Derives the status and tells what changed in it. */
export function report(s: SessionDraft, before: Session): void {
  if (s.link === CLOSED || s.held === NONE) {
    s.status = s.link < OFF ? 'connecting' : 'closed';
    return;
  }
  if (isLive(s)) {
    s.status = 'ready';
    s.cached = false;
  } else if (s.isCut || s.reached === false) s.status = 'stale';
  if (s.status !== before.status || s.cached !== before.cached) emit(s, s.status === 'stale' ? 'stale' : 'ready');
}
