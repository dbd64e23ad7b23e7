import type { EvaluationContext } from '@ballast/evaluation';
import type { BrowserClient } from '../core/api.js';
import { CoreClient } from '../core/client.js';
import { fetchHttp } from '../core/fetch-http.js';
import { attempt, membersOf } from '../core/json.js';
import type { ClientOptions } from '../core/options.js';
import type { Cancel, Platform } from '../core/transport.js';
import { VERSION } from '../core/version.js';
import { clock } from './clock.js';
import { localCache } from './local-cache.js';
import { thinSocket, type WebSocketLike } from './thin-socket.js';

export * from '../core/public.js';

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

/** Starts a client; returns at once and never throws. Whatever is wrong is told by the `error` event and the logger. */
export function createClient(options: BrowserClientOptions): BrowserClient {
  const { after } = clock;
  const open = (url: string): WebSocketLike => new (options.webSocket ?? WebSocket)(url);
  const platform: Platform = {
    ...clock,
    isUrl: (text) => !!attempt(() => new URL(text)),
    sdk: `ballast-browser/${VERSION}`,
    http: fetchHttp({ fetch: (url, init) => fetch(url, init), aborter: () => new AbortController(), after }),
    openSocket: (url, auth, events) => thinSocket({ open, after }, url, auth, events),
    cacheOf: (owner) => (membersOf(options).cache === false ? null : localCache(owner)),
    onExit,
    logger: console,
  };
  return new CoreClient(platform, options);
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
