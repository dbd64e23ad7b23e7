import { fetchHttp } from '../core/fetch-http.js';
import type { InsightOptions } from '../core/insights.js';
import { membersOf } from '../core/json.js';
import type { ClientOptions } from '../core/options.js';
import type { Platform } from '../core/transport.js';
import { VERSION } from '../core/version.js';
import { clock } from './clock.js';
import { compressed } from './compressed.js';
import { fileCache } from './file-cache.js';
import { onExit } from './flush-on-exit.js';
import { openSocket } from './open-socket.js';
import { currentScope } from './request-scope.js';

/** What `createClient` takes in Node. */
export interface NodeClientOptions extends ClientOptions, InsightOptions {
  /** Where the last known good snapshot is kept; `false`: nowhere. Default: a private folder below the system's temporary one. */
  readonly cache?: false | { readonly directory: string };
  /** Send what is counted before the process ends by itself, by SIGTERM or by SIGINT. Default: `true`. */
  readonly flushOnExit?: boolean;
  /** Tell the server how busy this process is: event loop, processors and memory, as shares. Default: `true`. */
  readonly processLoad?: boolean;
}

/** What the core needs from a Node process. */
export function nodePlatform(options: unknown): Platform {
  const { cache, flushOnExit } = membersOf(options);
  const { directory } = membersOf(cache);
  return {
    ...clock,
    isUrl: (text) => URL.canParse(text),
    sdk: `ballast-node/${VERSION}`,
    http: fetchHttp({
      fetch: async (url, init) => fetch(url, await compressed(init)),
      aborter: () => new AbortController(),
      after: clock.after,
    }),
    openSocket,
    scope: currentScope,
    cacheOf: (owner) => (cache === false ? null : fileCache(owner, typeof directory === 'string' ? directory : undefined)),
    onExit: flushOnExit === false ? () => () => {} : onExit,
    logger: {
      // biome-ignore lint/suspicious/noConsole: a problem nobody hears of is worse than a line on the console
      warn: (message) => console.warn(message),
      // biome-ignore lint/suspicious/noConsole: as above
      error: (message) => console.error(message),
    },
  };
}
