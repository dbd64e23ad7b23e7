import type { SnapshotState } from './state.js';

/** `connecting`: no data yet. `ready`: current, or `cached`. `stale`: last known good. `closed`: for good. */
export type SessionStatus = 'connecting' | 'ready' | 'stale' | 'closed';

/** The place of a revision where there is none. */
export const NONE = -1;

/** No stream: the next attempt waits. */
export const DOWN = 0;
export const OPENING = 1;
export const UP = 2;
/** The key is not valid. */
export const OFF = 3;
/** By the client itself. */
export const CLOSED = 4;

/** All that a client remembers about its connection. */
export interface Session {
  readonly status: SessionStatus;
  /** Whether the data comes from a cache or a bootstrap and no server has confirmed it yet. */
  readonly cached: boolean;
  /** The revision held; `NONE` when there is none. */
  readonly held: number;
  /** The revision from which deltas may lead on; `NONE` when only a snapshot helps. */
  readonly base: number;
  /** The newest revision the server is known to have. */
  readonly wanted: number;
  readonly link: typeof DOWN | typeof OPENING | typeof UP | typeof OFF | typeof CLOSED;
  /** Whether the last request succeeded, if one ended since the stream was lost. */
  readonly reached?: boolean | undefined;
  /** Whether the other end of the stream, a relay, hears nothing of its own server. */
  readonly isCut?: boolean;
  readonly fetching?: boolean;
  /** Whether a lost stream has put off the next request since one was last due. */
  readonly isPutOff?: boolean;
  readonly resyncing?: boolean;
  readonly connectFailures: number;
  readonly fetchFailures: number;
  readonly pollMs: number;
  /** What the last event asks for, in order. */
  readonly actions: readonly SessionAction[];
}

/** A session while an event leads it on. */
export type SessionDraft = { -readonly [K in keyof Session]: Session[K] } & { actions: SessionAction[]; random: Random };

/** Something that happened to a client, as what it makes of a session. */
export type SessionEvent = (draft: SessionDraft) => void;

/** Something to be done about an event. */
export type SessionAction = (effects: SessionEffects) => void;

/** Gives numbers in [0, 1). */
export type Random = () => number;

/** Everything that a session may ask for. */
export interface SessionEffects {
  connect(since: number): void;
  disconnect(): void;
  /** Lets an event happen later, in place of the same event that is still to happen. */
  wake(event: SessionEvent, afterMs: number): void;
  /** Asks by HTTP for what follows, from `NONE` for the snapshot; ends in `snapshotCame`, `deltaCame`, `current` or `fetchFailed`. */
  fetch(since: number): void;
  /** Asks over the stream for what follows; from `NONE` for a reset. */
  resync(since: number): void;
  /** Serves this snapshot from now on. */
  adopt(snapshot: SnapshotState): void;
  receipt(revision: number): void;
  persist(): void;
  emit(event: 'ready' | 'stale' | 'configurationChanged'): void;
  fail(problem: string): void;
}
