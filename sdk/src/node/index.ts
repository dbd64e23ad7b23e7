import type { Client } from '../core/api.js';
import { CoreClient } from '../core/client.js';
import { fetchHttp } from '../core/fetch-http.js';
import { membersOf } from '../core/json.js';
import type { ClientOptions } from '../core/options.js';
import type { Platform } from '../core/transport.js';
import { VERSION } from '../core/version.js';
import { clock } from './clock.js';
import { fileCache } from './file-cache.js';
import { onExit } from './flush-on-exit.js';
import { openSocket } from './open-socket.js';

export type { ErrorCode, EvaluationContext, FlagValue, Json, Reason } from '@ballast/evaluation';
export type * from '../core/api.js';
export type { ClientEvents, EventName, Listener } from '../core/events.js';
export type { Bootstrap, ClientOptions } from '../core/options.js';
export type { Branches, RunOptions } from '../core/run.js';
export type { Logger } from '../core/transport.js';

/** What `createClient` takes in Node. */
export interface NodeClientOptions extends ClientOptions {
  /** Where the last known good snapshot is kept; `false`: nowhere. Default: a private folder below the system's temporary one. */
  readonly cache?: false | { readonly directory: string };
  /** Send what is counted before the process ends by itself or by SIGTERM. Default: `true`. */
  readonly flushOnExit?: boolean;
}

/** Starts a client; returns at once and never throws. Whatever is wrong is told by the `error` event and the logger. */
export function createClient(options: NodeClientOptions): Client {
  const { cache, flushOnExit } = membersOf(options);
  const { directory } = membersOf(cache);
  const platform: Platform = {
    ...clock,
    sdk: `ballast-node/${VERSION}`,
    http: fetchHttp({ fetch: (url, init) => fetch(url, init), aborter: () => new AbortController(), after: clock.after }),
    openSocket,
    cacheOf: (owner) => (cache === false ? null : fileCache(owner, typeof directory === 'string' ? directory : undefined)),
    onExit: flushOnExit === false ? () => () => {} : onExit,
    logger: {
      // biome-ignore lint/suspicious/noConsole: a problem nobody hears of is worse than a line on the console
      warn: (message) => console.warn(message),
      // biome-ignore lint/suspicious/noConsole: as above
      error: (message) => console.error(message),
    },
  };
  return new CoreClient(platform, options);
}
