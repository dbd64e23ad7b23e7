import { z } from 'zod';
import { anyKey, moment, nameText, placeKey, reasonText } from './keys.js';
import { pageOf, pageQuery } from './pagination.js';

/** How urgent an alert is. */
export const severity = z.enum(['page', 'ticket']).meta({ id: 'Severity' });

/** How far an alert is in its life. */
export const alertPhase = z.enum(['pending', 'firing', 'resolved', 'inactive']).meta({ id: 'AlertPhase' });

/** What an alert says: that a budget burns too fast, that telemetry is missing, or that less of a budget is left than its policy wants. */
export const alertKind = z.enum(['burn', 'telemetry', 'budget']).meta({ id: 'AlertKind' });

const because = z.string().nullable().meta({ description: 'Which telemetry is missing, or how little of the budget is left' });

const burn = z.object({
  longMs: z.number(),
  shortMs: z.number(),
  factor: z.number(),
  longBurn: z.number(),
  shortBurn: z.number(),
  fires: z.boolean(),
});

/** One alert: for each objective there is one per severity, one about its telemetry, and one per step of its policy. */
export const alertView = z
  .object({
    key: z.string().meta({ description: 'The same in every message about it' }),
    kind: alertKind,
    objective: z.string(),
    environment: z.string(),
    severity,
    owner: z.string().nullable(),
    flag: z.string().nullable(),
    variant: z.string().nullable(),
    phase: alertPhase,
    since: z.string(),
    because,
    burns: z.array(burn).meta({ description: 'What its rules said when it was evaluated last' }),
    evaluatedAt: z.string(),
    acknowledged: z.object({ by: z.string(), at: z.string() }).nullable(),
    escalations: z.int(),
    silencedUntil: z.string().nullable().meta({ description: 'End of the silence or the maintenance that holds it back' }),
  })
  .meta({ id: 'Alert' });
export type AlertView = z.infer<typeof alertView>;
export const alertList = z.object({ items: z.array(alertView) });

/** Query of the list of alerts; those that are over are left out unless asked for. */
export const listAlertsQuery = z.strictObject({
  environment: placeKey.optional(),
  flag: anyKey.optional(),
  phase: alertPhase.optional().meta({ description: 'Pending and firing ones unless said' }),
});
export type ListAlertsQuery = z.infer<typeof listAlertsQuery>;

/** Body that acknowledges an alert: it is not passed on any more. */
export const acknowledgeAlert = z.strictObject({ reason: reasonText.optional() });

/** Labels that must all be equal; what is not named matches anything. */
export const alertMatch = z
  .strictObject({
    environment: placeKey.optional(),
    kind: alertKind.optional(),
    objective: placeKey.optional(),
    severity: severity.optional(),
    flag: anyKey.optional(),
    variant: nameText.optional(),
    owner: nameText.optional(),
    tag: nameText.optional(),
    service: nameText.optional(),
  })
  .meta({ id: 'AlertMatch' });
export type AlertMatchView = z.infer<typeof alertMatch>;

/** Body that silences alerts. */
export const createSilence = z.strictObject({
  match: alertMatch,
  from: moment.optional().meta({ description: 'Now unless said' }),
  to: moment.meta({ description: 'At most 30 days after it begins' }),
  reason: reasonText,
});
export type CreateSilence = z.infer<typeof createSilence>;

/** A silence as it is answered. */
export const silenceView = z
  .object({
    id: z.string(),
    match: alertMatch,
    from: z.string(),
    to: z.string(),
    reason: z.string(),
    createdBy: z.string(),
    createdAt: z.string(),
  })
  .meta({ id: 'Silence' });
export type SilenceView = z.infer<typeof silenceView>;
export const silenceList = z.object({ items: z.array(silenceView) });

/** What a message says of one alert. */
const messageAlert = z.object({
  key: z.string(),
  kind: alertKind,
  objective: z.string(),
  flag: z.string().nullable(),
  variant: z.string().nullable(),
  severity,
  because,
  status: z.enum(['firing', 'resolved', 'escalated', 'acknowledged', 'test']),
  owner: z.string().nullable(),
  summary: z.string(),
  since: z.string(),
  level: z.int().meta({ description: 'How often it was passed on because nobody acknowledged it' }),
  target: z.number(),
  sli: z.number().nullable(),
  budgetRemaining: z.number().nullable(),
  burns: z.array(burn),
  runbook: z.string().nullable(),
  link: z.string(),
});

/** What a message says: everything that whoever gets it must know. */
export const alertMessage = z
  .object({
    type: z.string().meta({
      description: 'alert.firing, alert.resolved, alert.escalated, alert.acknowledged, alert.test; alert.repeated for Alertmanager only',
    }),
    timestamp: z.string(),
    data: z.object({
      project: z.string(),
      environment: z.string(),
      group: z.string(),
      flag: z.string().nullable(),
      variant: z.string().nullable(),
      alerts: z.array(messageAlert),
      changes: z
        .array(
          z.object({
            at: z.string(),
            actor: z.string(),
            action: z.string(),
            kind: z.string(),
            key: z.string(),
            environment: z.string().nullable(),
            reason: z.string().nullable(),
          }),
        )
        .meta({ description: 'What changed in the hour before, newest first' }),
      link: z.string(),
    }),
  })
  .meta({ id: 'AlertMessage' });
export type AlertMessage = z.infer<typeof alertMessage>;

/** One message for one channel, and how far it came. */
export const deliveryView = z
  .object({
    id: z.string(),
    channel: z.string(),
    messageId: z.string().meta({ description: 'The webhook-id; the same in every attempt' }),
    type: z.string(),
    group: z.string(),
    state: z.enum(['waiting', 'delivered', 'failed']),
    attempts: z.int(),
    createdAt: z.string(),
    nextAt: z.string().nullable().meta({ description: 'When it is sent again' }),
    settledAt: z.string().nullable(),
    status: z.int().nullable().meta({ description: 'HTTP status of the last attempt; null while one is under way' }),
    problem: z.string().nullable(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = z.infer<typeof deliveryView>;
export const deliveryPage = pageOf(deliveryView);

/** Query of the list of deliveries, newest first. */
export const listDeliveriesQuery = z.strictObject({
  ...pageQuery,
  channel: placeKey.optional(),
  state: z.enum(['waiting', 'delivered', 'failed']).optional(),
});
export type ListDeliveriesQuery = z.infer<typeof listDeliveriesQuery>;

/** Something that is wrong, from the moment it was noticed until somebody closes it. */
export const incidentView = z
  .object({
    id: z.string(),
    environment: z.string(),
    flag: z.string().nullable(),
    title: z.string(),
    openedBy: z.string(),
    openedAt: z.string(),
    closedBy: z.string().nullable(),
    closedAt: z.string().nullable(),
  })
  .meta({ id: 'Incident' });
export type IncidentView = z.infer<typeof incidentView>;
export const incidentPage = pageOf(incidentView);

/** Query of the list of incidents, newest first. */
export const listIncidentsQuery = z.strictObject({ ...pageQuery, state: z.enum(['open', 'closed']).optional() });
export type ListIncidentsQuery = z.infer<typeof listIncidentsQuery>;
