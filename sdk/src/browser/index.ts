import type { EvaluationContext } from '@ballast/evaluation';
import type { BrowserClient } from '../core/api.js';
import { CoreClient } from '../core/client.js';
import { fetchHttp } from '../core/fetch-http.js';
import { membersOf } from '../core/json.js';
import type { ClientOptions } from '../core/options.js';
import type { Cancel, Platform } from '../core/transport.js';
import { VERSION } from '../core/version.js';
import { clock } from './clock.js';
import { localCache } from './local-cache.js';
import { ThinSocket, type WebSocketLike } from './thin-socket.js';

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
  const open = (url: string): WebSocketLike => new (options.webSocket ?? WebSocket)(url);
  const platform: Platform = {
    ...clock,
    isUrl,
    sdk: `ballast-browser/${VERSION}`,
    http: fetchHttp({ fetch: (url, init) => fetch(url, init), aborter: () => new AbortController(), after: clock.after }),
    openSocket: (url, auth, events) => new ThinSocket({ open, after: clock.after }, url, auth, events),
    cacheOf: (owner) => (membersOf(options).cache === false ? null : localCache(() => globalThis.localStorage, owner)),
    onExit,
    logger: console,
  };
  return new CoreClient(platform, options);
}

/** `URL.canParse` is younger than many browsers. */
function isUrl(text: string): boolean {
  try {
    return new URL(text) !== null;
  } catch {
    return false;
  }
}

/** Flushes when the page is hidden or left: the last that many pages hear of. Where there is no page there is nothing to hear. */
function onExit(flush: () => Promise<unknown>): Cancel {
  const left = (): void => void flush();
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') left();
  };
  const page = globalThis.document;
  page?.addEventListener('visibilitychange', hidden);
  page?.defaultView?.addEventListener('pagehide', left);
  return () => {
    page?.removeEventListener('visibilitychange', hidden);
    page?.defaultView?.removeEventListener('pagehide', left);
  };
}
