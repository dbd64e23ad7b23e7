import { registerHash } from '@ballast/evaluation';
import { importedHashes } from '@ballast/evaluation/hashes';
import type { Client } from '../core/api.js';
import { InsightfulClient } from '../core/insightful-client.js';
import type { Insights } from '../core/insights.js';
import { membersOf } from '../core/json.js';
import { type NodeClientOptions, nodePlatform } from './platform.js';
import { processLoad } from './process-load.js';

export type { Health, InsightOptions, Insights, TrackOptions } from '../core/insights.js';
export * from '../core/public.js';
export type { NodeClientOptions } from './platform.js';
export {
  type FastifyScopePlugin,
  fastifyRequestScope,
  type RequestMiddleware,
  requestScope,
  type ScopedFastify,
  type ScopedRequest,
  type ScopedResponse,
  type ScopedSocket,
} from './request-middleware.js';
export { inRequestScope } from './request-scope.js';

/** Starts a client; returns at once and never throws. Whatever is wrong is told by the `error` event and the logger. */
export function createClient(options: NodeClientOptions): Client & Insights {
  importedHashes.forEach(registerHash);
  return new InsightfulClient(nodePlatform(options), options, membersOf(options).processLoad === false ? undefined : processLoad());
}
