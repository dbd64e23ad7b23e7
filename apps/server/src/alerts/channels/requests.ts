import type { AlertMessage, ChannelConfig } from '@ballast/api';
import { textOf, titleOf } from '../text.js';
import type { Outgoing } from './outbound.js';
import { signatureOf } from './signature.js';
import { slackMessage } from './slack.js';

/** One attempt to send a message. */
export interface Attempt {
  readonly message: AlertMessage;
  /** The same in every attempt. */
  readonly messageId: string;
  readonly now: number;
  /** Secrets that sign now. */
  readonly secrets: readonly string[];
}

/** Where a channel that speaks HTTP leads. */
export type HttpChannel = Exclude<ChannelConfig, { readonly kind: 'email' }>;

/** The request by which a channel hears of a message. */
export function requestFor(channel: HttpChannel, attempt: Attempt): Outgoing {
  switch (channel.kind) {
    case 'webhook':
      return webhook(channel.url, attempt);
    case 'slack':
      return json(channel.url, slackMessage(attempt.message));
    case 'pagerduty':
      return json(under(channel.url, 'v2/enqueue'), pagerDutyEvent(channel.routingKey, attempt));
    case 'alertmanager':
      return alertmanager(channel, attempt);
    default:
      return channel satisfies never;
  }
}

function json(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Outgoing {
  return { url, headers: { 'content-type': 'application/json', 'user-agent': 'Ballast', ...headers }, body: JSON.stringify(body) };
}

function under(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path}`;
}

/** Standard Webhooks 1.0.0. */
function webhook(url: string, { message, messageId, now, secrets }: Attempt): Outgoing {
  const seconds = Math.floor(now / 1_000);
  const body = JSON.stringify(message);
  const headers = {
    'webhook-id': messageId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureOf({ id: messageId, seconds, body }, secrets),
  };
  return { ...json(url, null, headers), body };
}

const SUMMARY_LENGTH = 1_024;

/** An event of PagerDuty's Events API v2; it knows an alert again by its key. */
function pagerDutyEvent(routingKey: string, { message, messageId }: Attempt) {
  const { data, timestamp } = message;
  const [alert] = data.alerts;
  const action = { 'alert.resolved': 'resolve', 'alert.acknowledged': 'acknowledge' }[message.type] ?? 'trigger';
  const isTest = message.type === 'alert.test';
  const links = [alert?.runbook, alert?.link].flatMap((href) =>
    href ? [{ href, text: href === alert?.runbook ? 'Runbook' : 'Objective' }] : [],
  );
  return {
    routing_key: routingKey,
    event_action: action,
    dedup_key: isTest ? messageId : (alert?.key ?? messageId),
    client: 'Ballast',
    client_url: data.link,
    links,
    payload: {
      summary: titleOf(message).slice(0, SUMMARY_LENGTH),
      source: `${data.project}/${data.environment}`,
      severity: isTest ? 'info' : alert?.severity === 'page' ? 'critical' : 'warning',
      timestamp,
      component: data.flag ?? data.group,
      group: data.group,
      class: alert?.objective ?? 'test',
      custom_details: { description: textOf(message), ...data },
    },
  };
}

/** Alertmanager takes for over what it is not told again for so long: twelve times as long as the repeater waits. */
const REMEMBERED_MS = 3_600_000;

function alertmanager({ url, token }: Extract<HttpChannel, { kind: 'alertmanager' }>, { message, now }: Attempt): Outgoing {
  const { data, type, timestamp } = message;
  const endsAt = type === 'alert.resolved' ? timestamp : new Date(now + REMEMBERED_MS).toISOString();
  const alerts = data.alerts.map((alert) => ({
    labels: {
      alertname: alert.objective,
      kind: alert.kind,
      severity: type === 'alert.test' ? 'none' : alert.severity,
      project: data.project,
      environment: data.environment,
      ballast_key: alert.key,
      ...(data.flag === null ? {} : { flag: data.flag }),
      ...(data.variant === null ? {} : { variant: data.variant }),
      ...(alert.owner === null ? {} : { owner: alert.owner }),
    },
    annotations: {
      summary: alert.summary,
      description: textOf(message),
      ...(alert.runbook === null ? {} : { runbook_url: alert.runbook }),
    },
    startsAt: alert.since,
    endsAt,
    generatorURL: alert.link,
  }));
  return json(under(url, 'api/v2/alerts'), alerts, token === undefined ? {} : { authorization: `Bearer ${token}` });
}
