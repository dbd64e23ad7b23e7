import type { Handshake } from '@ballast/protocol';
import type { RequestScope } from './hooks.js';

/** Stops what was started; calling it again does nothing. */
export type Cancel = () => void;

/** One HTTP exchange. */
export interface HttpRequest {
  readonly url: string;
  /** Goes out as `Authorization: Bearer …`. */
  readonly key: string;
  /** Who asks; goes out as `ballast-instance`. */
  readonly instance: string;
  /** A JSON text; its presence makes the request a POST. */
  readonly body?: string;
  /** The whole exchange, body included, may take this long. */
  readonly timeoutMs: number;
  /** The page or process may end while this is under way. */
  readonly last?: boolean;
}

/** What came back; status 0 means that nothing usable did (refused, cut, timed out). */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request; answers later, exactly once unless cancelled, and never throws. */
export type Http = (request: HttpRequest, answer: (answer: HttpAnswer) => void) => Cancel;

/** What a socket tells the connection. */
export interface SocketEvents {
  connected(): void;
  message(event: unknown, payload: unknown): void;
  /** The socket is gone or was never made: heartbeats were missed, or the status of a refusal (0 for anything else). The last call. */
  disconnected(because: 'silent' | number): void;
}

/** An open or opening socket in the namespace of the SDKs. */
export interface Socket {
  send(event: string, payload: object): void;
  /** Closes without a further event. */
  close(): void;
}

/** Starts one attempt to connect; events come later, never from within the call. The core decides when to try again. */
export type OpenSocket = (url: string, auth: Handshake, events: SocketEvents) => Socket;

/** Where the last known good snapshot is kept. Either call may fail; the store makes a warning of that. */
export interface SnapshotCache {
  /** The kept text; nothing when there is none. */
  load(): string | null | undefined;
  /** Replaces the kept text. */
  save(text: string): Promise<void>;
}

/** Whose snapshot is kept. */
export interface CacheOwner {
  readonly url: string;
  readonly key: string;
}

/** Writes to the host's log. */
export interface Logger {
  /** Something went wrong that the client deals with. */
  warn(message: string): void;
  /** Code of the host failed: a listener or a hook. */
  error(message: string): void;
}

/** Everything the core needs from the place it runs in. */
export interface Platform {
  /** `name/version` of this build, sent in the handshake. */
  readonly sdk: string;
  /** Something if a text that begins like a URL is one, else nothing. */
  readonly isUrl: (text: string) => unknown;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** A clock that never runs backwards, milliseconds. */
  readonly elapsed: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly uuid: () => string;
  /** Runs a task later. Only a timer that `holds` keeps a Node process alive. */
  readonly after: (ms: number, task: () => void, holds?: boolean) => Cancel;
  readonly http: Http;
  readonly openSocket: OpenSocket;
  /** Null: nothing is kept. */
  readonly cacheOf: (owner: CacheOwner) => SnapshotCache | null;
  /** The request that the running code belongs to; absent where there are none. */
  readonly scope?: () => RequestScope | undefined;
  /** Calls back when the page is hidden or the process is about to end. */
  readonly onExit: (flush: () => Promise<unknown>) => Cancel;
  /** Where problems are written unless the host brings a logger. */
  readonly logger: Logger;
}
