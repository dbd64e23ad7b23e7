export type { EvaluationContext, FlagValue, Json } from '@ballast/evaluation';
export type { BrowserClient, Client, Details, FlagObject, JsonShape } from '../core/api.js';
export type { Bootstrap } from '../core/options.js';
export { type FlagHooks, typedHooks, useBallast, useFlag, useFlagDetails } from './hooks.js';
export { BallastProvider, type BallastProviderProps } from './provider.js';
