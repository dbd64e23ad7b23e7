import type { DeltaOutcome } from './delta.js';
import type { GoodbyeReason } from './messages.js';

/** `connecting`: no data yet. `ready`: current, or `cached`. `stale`: last known good. `closed`: for good. */
export type SessionStatus = 'connecting' | 'ready' | 'stale' | 'closed';

/** All that a client remembers about its connection. */
export interface Session {
  readonly status: SessionStatus;
  /** Whether the data comes from a cache or a bootstrap and no server has confirmed it yet. */
  readonly cached: boolean;
  /** The revision held. */
  readonly held: number | undefined;
  /** The newest revision the server is known to have. */
  readonly wanted: number;
  /** Whether deltas no longer help. */
  readonly needsSnapshot: boolean;
  /** `off`: the key is not valid; `closed`: by the client itself. */
  readonly link: 'down' | 'opening' | 'up' | 'off' | 'closed';
  /** How the last request ended, if one ended since the stream was lost. */
  readonly http: 'unknown' | 'ok' | 'failed';
  readonly fetching: boolean;
  /** Whether a lost stream has put off the next request since one was last due. */
  readonly isPutOff: boolean;
  readonly resyncing: boolean;
  readonly connectFailures: number;
  readonly fetchFailures: number;
  readonly pollMs: number;
}

/** A session that may be written to. */
export type Changing = { -readonly [K in keyof Session]: Session[K] };

/** What comes with each kind of event. */
export interface SessionEvents {
  readonly start: { readonly held: number | undefined };
  readonly due: { readonly timer: 'connect' | 'fetch' };
  readonly connected: object;
  /** The stream closed or could not be opened; `status` is that of a refusal. */
  readonly disconnected: { readonly status?: number };
  /** Two heartbeats were missed. */
  readonly silence: object;
  readonly goodbye: { readonly reason: GoodbyeReason };
  readonly reset: { readonly revision: number };
  /** `unheld`: there was nothing to apply it to. */
  readonly delta: {
    readonly to: number;
    readonly via: 'stream' | 'http';
    readonly result: DeltaOutcome | { readonly outcome: 'unheld' };
  };
  /** The server has nothing newer. */
  readonly current: object;
  /** A verified snapshot arrived. */
  readonly snapshot: { readonly revision: number };
  /** `status` is 0 when there was no answer or it could not be read. */
  readonly fetchFailed: { readonly status: number; readonly problem: string };
  readonly close: object;
}

/** What happens to a client. Every `fetch…` action ends in one of `snapshot`, `delta` via http, `current` or `fetchFailed`. */
export type SessionEvent<K extends keyof SessionEvents = keyof SessionEvents> = {
  [P in K]: { readonly kind: P } & SessionEvents[P];
}[K];

/** What is to be done; `wake` replaces what the same timer was set to. */
export type SessionAction =
  | { readonly do: 'connect'; readonly since: number | undefined }
  | { readonly do: 'disconnect' }
  | { readonly do: 'wake'; readonly timer: 'connect' | 'fetch'; readonly afterMs: number }
  | { readonly do: 'fetchSnapshot' }
  | { readonly do: 'fetchChanges'; readonly since: number }
  /** Ask over the stream for what follows; without `since` for a reset. */
  | { readonly do: 'resync'; readonly since: number | undefined }
  /** Use the snapshot that arrived. */
  | { readonly do: 'adopt' }
  | { readonly do: 'receipt'; readonly revision: number }
  | { readonly do: 'persist' }
  | { readonly do: 'emit'; readonly event: 'ready' | 'stale' | 'configurationChanged' }
  | { readonly do: 'emit'; readonly event: 'error'; readonly problem: string };

/** A session led on, and what is to be done about it, in order. */
export interface Transition {
  readonly session: Session;
  readonly actions: readonly SessionAction[];
}
