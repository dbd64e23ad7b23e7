import type { Details } from '../core/api.js';

/** Name of this provider of flags, in events and metrics. */
export const PROVIDER_NAME = 'ballast';

/** Key, variant, reason, provider and error code: few values each, none about whom the flag was evaluated for. */
export function commonAttributes({ key, variant, reason, errorCode }: Details<unknown>): { readonly [name: string]: string } {
  return {
    'feature_flag.key': key,
    'feature_flag.provider.name': PROVIDER_NAME,
    'feature_flag.result.reason': reason.toLowerCase(),
    ...(variant !== undefined && { 'feature_flag.result.variant': variant }),
    ...(errorCode !== undefined && { 'error.type': errorCode.toLowerCase() }),
  };
}
