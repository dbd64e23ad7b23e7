import type { BrowserClient } from '../core/api.js';
import { CoreClient } from '../core/client.js';
import { type BrowserClientOptions, browserPlatform } from './platform.js';

export * from '../core/public.js';
export type { BrowserClientOptions } from './platform.js';

/** Starts a client; returns at once and never throws. Whatever is wrong is told by the `error` event and the logger. */
export function createClient(options: BrowserClientOptions): BrowserClient {
  return new CoreClient(browserPlatform(options), options);
}
