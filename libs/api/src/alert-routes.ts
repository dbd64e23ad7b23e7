import { z } from 'zod';
import {
  channelList,
  channelView,
  createChannel,
  createdChannel,
  createdTrigger,
  createTrigger,
  putChannel,
  rotateChannelSecret,
  triggerBody,
  triggerList,
  triggerReport,
  triggerView,
} from './alert-channels.js';
import {
  acknowledgeAlert,
  alertList,
  alertView,
  createSilence,
  deliveryPage,
  deliveryView,
  incidentPage,
  incidentView,
  listAlertsQuery,
  listDeliveriesQuery,
  listIncidentsQuery,
  silenceList,
  silenceView,
} from './alerts.js';
import { writeQuery } from './dry-run.js';
import type { Route } from './route.js';
import { created, creation, written } from './route-answers.js';

const PROJECT = '/api/v1/projects/{project}';
const ALERTS = `${PROJECT}/alerts`;
const SILENCES = `${PROJECT}/silences`;
const CHANNELS = `${PROJECT}/channels`;
const CHANNEL = `${CHANNELS}/{channel}`;
const DELIVERIES = `${PROJECT}/deliveries`;
const TRIGGERS = `${PROJECT}/triggers`;
const INCIDENTS = `${PROJECT}/incidents`;

const read = { method: 'get', tag: 'Alerts', access: 'read' } as const;
const alertCreation = { ...creation, tag: 'Alerts' } as const;
const removal = { method: 'delete', tag: 'Alerts', query: writeQuery } as const;

const alerts: readonly Route[] = [
  { ...read, path: ALERTS, id: 'listAlerts', summary: 'List alerts', query: listAlertsQuery, answer: { status: 200, schema: alertList } },
  {
    method: 'post',
    path: `${ALERTS}/{key}/acknowledge`,
    id: 'acknowledgeAlert',
    tag: 'Alerts',
    summary: 'Acknowledge a firing alert, until its episode ends: it is not passed on any more',
    access: 'write',
    query: writeQuery,
    body: acknowledgeAlert.optional(),
    answer: { status: 200, schema: written(alertView) },
    problems: [409],
  },
  { ...read, path: SILENCES, id: 'listSilences', summary: 'List silences that are not over', answer: { status: 200, schema: silenceList } },
  {
    ...alertCreation,
    path: SILENCES,
    id: 'createSilence',
    summary: 'Silence alerts for a while; they are measured all the same',
    access: 'write',
    body: createSilence,
    answer: created(silenceView),
  },
  {
    ...removal,
    path: `${SILENCES}/{id}`,
    id: 'endSilence',
    summary: 'End a silence now',
    access: 'write',
    answer: { status: 200, schema: written(silenceView) },
  },
];

const channels: readonly Route[] = [
  { ...read, path: CHANNELS, id: 'listChannels', summary: 'List channels', answer: { status: 200, schema: channelList } },
  {
    ...alertCreation,
    path: CHANNELS,
    id: 'createChannel',
    summary: 'Create a channel; the secret of a webhook is shown once',
    access: 'admin',
    body: createChannel,
    answer: created(createdChannel),
  },
  {
    method: 'put',
    path: CHANNEL,
    id: 'putChannel',
    tag: 'Alerts',
    summary: 'Replace what a channel is, or enable it again',
    access: 'admin',
    query: writeQuery,
    body: putChannel,
    answer: { status: 200, schema: written(channelView) },
  },
  {
    ...removal,
    path: CHANNEL,
    id: 'deleteChannel',
    summary: 'Delete a channel with its deliveries',
    access: 'admin',
    answer: { status: 200, schema: written(channelView) },
  },
  {
    ...alertCreation,
    path: `${CHANNEL}/rotate`,
    id: 'rotateChannelSecret',
    summary: 'Make a new secret for a webhook; both sign until the grace period ends',
    access: 'admin',
    body: rotateChannelSecret.optional(),
    answer: created(createdChannel),
  },
  {
    method: 'post',
    path: `${CHANNEL}/test`,
    id: 'testChannel',
    tag: 'Alerts',
    summary: 'Send a test message',
    access: 'write',
    query: writeQuery,
    answer: { status: 200, schema: written(deliveryView) },
    problems: [409],
  },
  {
    ...read,
    path: DELIVERIES,
    id: 'listDeliveries',
    summary: 'List messages and how far they came, newest first',
    query: listDeliveriesQuery,
    answer: { status: 200, schema: deliveryPage },
  },
  {
    method: 'post',
    path: `${DELIVERIES}/{id}/replay`,
    id: 'replayDelivery',
    tag: 'Alerts',
    summary: 'Send a message again, under the same id',
    access: 'write',
    query: writeQuery,
    answer: { status: 200, schema: written(deliveryView) },
    problems: [409],
  },
];

const triggers: readonly Route[] = [
  { ...read, path: TRIGGERS, id: 'listTriggers', summary: 'List triggers', answer: { status: 200, schema: triggerList } },
  {
    ...alertCreation,
    path: TRIGGERS,
    id: 'createTrigger',
    summary: 'Create a trigger; its secret is shown once',
    access: 'admin',
    body: createTrigger,
    answer: created(createdTrigger),
  },
  {
    ...alertCreation,
    path: `${TRIGGERS}/{id}/rotate`,
    id: 'rotateTrigger',
    summary: 'Make a new secret for a trigger; the old one ends at once',
    access: 'admin',
    answer: created(createdTrigger),
  },
  {
    ...removal,
    path: `${TRIGGERS}/{id}`,
    id: 'deleteTrigger',
    summary: 'Delete a trigger',
    access: 'admin',
    answer: { status: 200, schema: written(triggerView) },
  },
  {
    method: 'post',
    path: '/api/v1/triggers/{id}',
    id: 'pullTrigger',
    tag: 'Alerts',
    summary: 'Open an incident or kill a flag: as Alertmanager (webhook version 4), or as a sender with a secret or a signature',
    access: 'trigger',
    headers: [
      { name: 'webhook-id', summary: 'Names the request: sent again, it is not done again. Signed as Standard Webhooks say' },
      { name: 'webhook-timestamp', summary: 'When it was signed, Unix seconds' },
      { name: 'webhook-signature', summary: 'v1a, and the Ed25519 signature in base64; instead of the secret' },
    ],
    body: triggerBody,
    answer: { status: 200, schema: triggerReport },
  },
  {
    ...read,
    path: INCIDENTS,
    id: 'listIncidents',
    summary: 'List incidents, newest first',
    query: listIncidentsQuery,
    answer: { status: 200, schema: incidentPage },
  },
  {
    method: 'post',
    path: `${INCIDENTS}/{id}/close`,
    id: 'closeIncident',
    tag: 'Alerts',
    summary: 'Close an incident',
    access: 'write',
    query: writeQuery,
    body: z.strictObject({ reason: acknowledgeAlert.shape.reason }).optional(),
    answer: { status: 200, schema: written(incidentView) },
  },
];

/** Alerts, who hears of them, and the doors by which other systems act. */
export const alertRoutes: readonly Route[] = [...alerts, ...channels, ...triggers];
