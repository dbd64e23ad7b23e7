import type { BrowserClient } from '../core/api.js';
import { fetchHttp } from '../core/fetch-http.js';
import { InsightfulClient } from '../core/insightful-client.js';
import type { InsightOptions, Insights } from '../core/insights.js';
import { clock } from './clock.js';
import { compressed } from './compressed.js';
import { type BrowserClientOptions, browserPlatform } from './platform.js';

export type { Health, InsightOptions, Insights, TrackOptions } from '../core/insights.js';
export * from '../core/public.js';
export type { BrowserClientOptions } from './platform.js';

/** What `createClient` takes in a browser that counts more than evaluations and outcomes. */
export interface InsightfulBrowserClientOptions extends BrowserClientOptions, InsightOptions {}

/**
 * Starts a client that also counts slow outcomes, the health of code and tracked events; returns at once and never throws. Whatever is wrong is
 * told by the `error` event and the logger.
 */
export function createClient(options: InsightfulBrowserClientOptions): BrowserClient & Insights {
  const http = fetchHttp({
    // What is sent as the page is left has to be on its way before this turn of the event loop ends.
    fetch: (url, init) => (init.keepalive ? fetch(url, init) : compressed(init).then((made) => fetch(url, made))),
    aborter: () => new AbortController(),
    after: clock.after,
  });
  return new InsightfulClient({ ...browserPlatform(options), http }, options);
}
