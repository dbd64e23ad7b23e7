import { z } from 'zod';
import { alertMatch } from './alerts.js';
import { durationUpTo } from './durations.js';
import { anyKey, placeKey, reasonText, storableText } from './keys.js';
import { LIMITS } from './limits.js';

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2_048)
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', 'must not hold a user or a password');

/** Secret of a webhook: `whsec_` and 24 to 64 bytes in base64. */
export const webhookSecret = z.string().max(100).refine(isWebhookSecret, 'must be whsec_ followed by 24 to 64 bytes in base64');

function isWebhookSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
  return base64.length % 4 === 0 && bytes >= 24 && bytes <= 64;
}

const headerText = z
  .string()
  .min(1)
  .max(1_024)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** Where a channel leads. */
export const channelConfig = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('webhook'), url }),
    z.strictObject({ kind: z.literal('slack'), url: url.meta({ description: 'An incoming webhook' }) }),
    z.strictObject({
      kind: z.literal('pagerduty'),
      routingKey: z.string().regex(/^[A-Za-z0-9]{32}$/, 'must be 32 letters and digits'),
      url: url.default('https://events.pagerduty.com'),
    }),
    z.strictObject({ kind: z.literal('email'), to: z.array(z.email().max(320)).min(1).max(LIMITS.recipientsPerChannel.max) }),
    z.strictObject({
      kind: z.literal('alertmanager'),
      url: url.meta({ description: 'Where its API is, without /api/v2' }),
      token: headerText.optional().meta({ description: 'Sent as Authorization: Bearer' }),
    }),
  ])
  .meta({ id: 'ChannelConfig' });
export type ChannelConfig = z.infer<typeof channelConfig>;

const level = z.int().min(0).max(2).meta({ description: '0 hears everything that matches; 1 and 2 what nobody acknowledged in time' });

/** Body that creates a channel. */
export const createChannel = z.strictObject({
  name: placeKey.meta({ description: 'Unique in the project' }),
  level: level.default(0),
  match: alertMatch.default({}),
  config: channelConfig,
  secret: webhookSecret.optional().meta({ description: 'Of webhooks; made unless given' }),
  reason: reasonText.optional(),
});
export type CreateChannel = z.infer<typeof createChannel>;

/** Body that replaces what a channel is; its name, kind and secret stay. */
export const putChannel = z.strictObject({
  level: level.default(0),
  match: alertMatch.default({}),
  config: channelConfig,
  enabled: z.boolean().default(true),
  reason: reasonText.optional(),
});
export type PutChannel = z.infer<typeof putChannel>;

/** A channel as it is answered: without secrets. */
export const channelView = z
  .object({
    name: z.string(),
    kind: z.enum(['webhook', 'slack', 'pagerduty', 'email', 'alertmanager']),
    level: z.int(),
    match: alertMatch,
    target: z.string().meta({ description: 'Where it leads; what could be a secret is left out' }),
    secrets: z.int().meta({ description: 'How many secrets sign now' }),
    enabled: z.boolean(),
    disabledReason: z.string().nullable(),
    createdBy: z.string(),
    createdAt: z.string(),
  })
  .meta({ id: 'Channel' });
export type ChannelView = z.infer<typeof channelView>;
export const channelList = z.object({ items: z.array(channelView) });

const secret = z
  .string()
  .nullable()
  .meta({ description: 'Shown once. null in a dry run, for kinds without one, and when a creation is answered again' });

/** Answer to the creation of a channel and to the rotation of its secret. */
export const createdChannel = channelView.extend({ secret }).meta({ id: 'CreatedChannel' });
export type CreatedChannel = z.infer<typeof createdChannel>;

/** Body that rotates a channel's secret: both sign until the grace period ends. */
export const rotateChannelSecret = z.strictObject({
  grace: durationUpTo('30d').default(86_400_000).meta({ description: 'How long the old secret still signs; at most 30d; 24h when absent' }),
  reason: reasonText.optional(),
});
export type RotateChannelSecret = z.infer<typeof rotateChannelSecret>;

/** What a trigger may do. */
export const triggerAction = z.enum(['incident', 'kill']).meta({ id: 'TriggerAction' });
export type TriggerAction = z.infer<typeof triggerAction>;

const publicKey = z
  .string()
  .regex(/^whpk_[A-Za-z0-9+/]{43}=$/, 'must be whpk_ followed by the 32 bytes of an Ed25519 key in base64')
  .meta({ description: 'Of a sender that signs by Standard Webhooks (v1a)' });

const actionsPerHour = z.int().min(1).max(100);

/** Body that creates a trigger: a door by which another system opens incidents and kills flags. */
export const createTrigger = z.strictObject({
  name: placeKey.meta({ description: 'Unique in the project; trigger:<name> is the actor in the audit' }),
  actions: z.array(triggerAction).min(1).max(2),
  environments: z.array(placeKey).min(1).max(LIMITS.environmentsPerProject.max),
  flags: z.array(anyKey).max(LIMITS.flagsPerTrigger.max).meta({ description: 'The only flags that it may name' }),
  publicKey: publicKey.optional(),
  actionsPerHour: actionsPerHour.default(10),
  reason: reasonText.optional(),
});
export type CreateTrigger = z.infer<typeof createTrigger>;

/** A trigger as it is answered. */
export const triggerView = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    actions: z.array(triggerAction),
    environments: z.array(z.string()),
    flags: z.array(z.string()),
    publicKey: z.string().nullable(),
    actionsPerHour: z.int(),
    prefix: z.string(),
    createdBy: z.string(),
    createdAt: z.string(),
    lastUsedAt: z.string().nullable(),
  })
  .meta({ id: 'Trigger' });
export type TriggerView = z.infer<typeof triggerView>;
export const triggerList = z.object({ items: z.array(triggerView) });

/** Answer to the creation of a trigger and to the rotation of its secret. */
export const createdTrigger = triggerView.extend({ secret }).meta({ id: 'CreatedTrigger' });
export type CreatedTrigger = z.infer<typeof createdTrigger>;

const labels = z.record(storableText, storableText);
const alertmanagerAlert = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: storableText.min(1).max(255),
});

/** What Alertmanager sends to its webhook receivers, version 4. */
export const alertmanagerPayload = z.looseObject({
  version: z.literal('4'),
  status: z.enum(['firing', 'resolved']),
  groupKey: z.string(),
  alerts: z.array(alertmanagerAlert).max(LIMITS.alertsPerTrigger.max),
});
export type AlertmanagerPayload = z.infer<typeof alertmanagerPayload>;

/** What a signed sender asks for. */
export const triggerRequest = z.strictObject({
  action: triggerAction,
  environment: placeKey,
  flag: anyKey.optional().meta({ description: 'Required to kill one' }),
  reason: reasonText,
});
export type TriggerRequest = z.infer<typeof triggerRequest>;

/** Body of a trigger. */
export const triggerBody = z.union([alertmanagerPayload, triggerRequest]);

/** What became of what a trigger was asked for. */
export const triggerReport = z
  .object({
    results: z.array(
      z.object({
        identity: storableText,
        action: z.enum(['incident', 'kill', 'close']),
        flag: z.string().nullable(),
        environment: z.string().nullable(),
        outcome: z.enum(['done', 'repeated', 'suppressed', 'not_allowed', 'not_found', 'too_many']),
      }),
    ),
  })
  .meta({ id: 'TriggerReport' });
export type TriggerReport = z.infer<typeof triggerReport>;
