/** What every entry that makes clients exports beside `createClient`. */
export {
  type ErrorCode,
  type EvaluationContext,
  type FlagValue,
  type Hash,
  type Json,
  type Reason,
  registerHash,
} from '@ballast/evaluation';
export type * from './api.js';
export type { ClientEvents, ClientNews, EventName, Listener } from './events.js';
export type { Evaluation, Hook } from './hooks.js';
export type { Bootstrap, ClientOptions } from './options.js';
export type { Branches, RunOptions } from './run.js';
export type { Logger } from './transport.js';
export type * from './typed.js';
