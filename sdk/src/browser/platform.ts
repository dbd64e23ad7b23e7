import type { EvaluationContext } from '@ballast/evaluation';
import { fetchHttp } from '../core/fetch-http.js';
import { attempt, membersOf } from '../core/json.js';
import type { ClientOptions } from '../core/options.js';
import type { Cancel, Platform } from '../core/transport.js';
import { VERSION } from '../core/version.js';
import { clock } from './clock.js';
import { localCache } from './local-cache.js';
import { thinSocket, type WebSocketLike } from './thin-socket.js';

/** What `createClient` takes in a browser. */
export interface BrowserClientOptions extends ClientOptions {
  /** The user's context, until `setContext` replaces it. */
  readonly context?: EvaluationContext;
  /** `false`: the last known good snapshot is not kept in `localStorage`. Default: `true`. */
  readonly cache?: boolean;
  /** Takes the place of the global `WebSocket`. */
  readonly webSocket?: new (
    url: string,
  ) => WebSocketLike;
}

/** What the core needs from a page. */
export function browserPlatform(options: BrowserClientOptions): Platform {
  const { after } = clock;
  const open = (url: string): WebSocketLike => new (options.webSocket ?? WebSocket)(url);
  return {
    ...clock,
    isUrl: (text) => attempt(() => new URL(text)),
    sdk: `ballast-browser/${VERSION}`,
    http: fetchHttp({ fetch: (url, init) => fetch(url, init), aborter: () => new AbortController(), after }),
    openSocket: (url, auth, events) => thinSocket({ open, after }, url, auth, events),
    cacheOf: (owner) => (membersOf(options).cache === false ? null : localCache(owner)),
    onExit,
    logger: console,
  };
}

/** Flushes when the page is hidden, shown or left: the last that many pages hear of. Where there is no page there is nothing to hear. */
function onExit(flush: () => Promise<unknown>): Cancel {
  const left = (): void => void flush();
  const exit = new AbortController();
  const page = globalThis.document;
  page?.addEventListener('visibilitychange', left, exit);
  page?.defaultView?.addEventListener('pagehide', left, exit);
  return () => exit.abort();
}
