import { z } from 'zod';
import { durationUpTo } from './durations.js';
import { moment, nameText, reasonText } from './keys.js';
import { pageOf } from './pagination.js';

/** What a token may do: read everything; change flags and segments; kill and restore; manage SDK keys; approve what others change; decide against error budget policies; manage projects, environments and tokens. */
export const SCOPES = ['read', 'write', 'kill', 'keys', 'approve', 'override', 'admin'] as const;

/** One thing a token may do. Every scope includes `read`; `admin` includes all. */
export const scope = z.enum(SCOPES).meta({ id: 'Scope' });
export type Scope = z.infer<typeof scope>;

/** Kind of an SDK key: what a back end, a browser or app, or a relay presents. */
export const sdkKeyKind = z.enum(['server', 'client', 'relay']).meta({ id: 'SdkKeyKind' });
export type SdkKeyKind = z.infer<typeof sdkKeyKind>;

const credential = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: 'First characters of the secret, to recognise it by' }),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  lastUsedAt: z.string().nullable().meta({ description: 'Exact to a minute' }),
};

const secret = z
  .string()
  .nullable()
  .meta({ description: 'Shown once. null in a dry run and when a creation is answered again: then it cannot be shown any more' });

/** An API token as it is answered; its name is the actor in the audit. */
export const apiToken = z.object({ ...credential, scopes: z.array(scope) }).meta({ id: 'ApiToken' });
export type ApiToken = z.infer<typeof apiToken>;
export const apiTokenPage = pageOf(apiToken);

/** Answer to the creation of a token. */
export const createdApiToken = apiToken.extend({ secret }).meta({ id: 'CreatedApiToken' });
export type CreatedApiToken = z.infer<typeof createdApiToken>;

/** Names by which the audit calls the server itself. */
const OWN_NAMES = /^(?:system$|rollout:|import:|trigger:)/i;

/** Body that creates a token; it can grant no scope that its creator lacks. */
export const createApiToken = z.strictObject({
  name: nameText
    .refine((name) => !OWN_NAMES.test(name), 'is kept for the server itself')
    .meta({ description: 'The actor in the audit; no two tokens that are not revoked share it' }),
  scopes: z.array(scope).min(1).max(SCOPES.length),
  expiresAt: moment.optional(),
  reason: reasonText.optional(),
});
export type CreateApiToken = z.infer<typeof createApiToken>;

/** An SDK key as it is answered. */
export const sdkKey = z
  .object({
    ...credential,
    kind: sdkKeyKind,
    replacedBy: z.string().nullable().meta({ description: 'The key that took over when this one was rotated' }),
  })
  .meta({ id: 'SdkKey' });
export type SdkKey = z.infer<typeof sdkKey>;
export const sdkKeyPage = pageOf(sdkKey);

/** Answer to the creation of a key. */
export const createdSdkKey = sdkKey.extend({ secret }).meta({ id: 'CreatedSdkKey' });
export type CreatedSdkKey = z.infer<typeof createdSdkKey>;

/** Body that creates a key. Several are valid at once, so a new one can take over before the old one ends. */
export const createSdkKey = z.strictObject({
  name: nameText,
  kind: sdkKeyKind,
  expiresAt: moment.optional(),
  reason: reasonText.optional(),
});
export type CreateSdkKey = z.infer<typeof createSdkKey>;

/** Body that rotates a key: a new one of the same kind and name takes over, and the old one ends after the grace period. */
export const rotateSdkKey = z.strictObject({
  grace: durationUpTo('30d')
    .default(86_400_000)
    .meta({ description: 'How long the old key still opens its environment; such as 24h, at most 30d; 24h when absent' }),
  expiresAt: moment
    .nullable()
    .optional()
    .meta({ description: 'When the new key ends by itself; null: never; when the old one would have ended, when absent' }),
  reason: reasonText.optional(),
});
export type RotateSdkKey = z.infer<typeof rotateSdkKey>;

/** Answer to a rotation: the new key, and what became of the old one. */
export const rotatedSdkKey = createdSdkKey.extend({ replaces: sdkKey }).meta({ id: 'RotatedSdkKey' });
export type RotatedSdkKey = z.infer<typeof rotatedSdkKey>;
