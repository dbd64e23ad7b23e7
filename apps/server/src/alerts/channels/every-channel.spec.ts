import type { AlertMessage } from '@ballast/api';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { messageOf, type Telling } from '../message.js';
import { mailOf } from './mailer.js';
import { type Attempt, type HttpChannel, requestFor } from './requests.js';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 22, 12);
const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
const ROUTING_KEY = 'R'.repeat(32);

const page: Telling = {
  kind: 'firing',
  at: now,
  since: now - HOUR,
  level: 0,
  key: '0123456789abcdef',
  labels: {
    project: 'shop',
    environment: 'production',
    objective: 'paid',
    severity: 'page',
    owner: 'team <a&b>',
    flag: 'checkout',
    variant: 'fast',
  },
  burns: [{ longMs: HOUR, shortMs: HOUR / 12, factor: 4, longBurn: 10, shortBurn: 12, fires: true }],
  facts: { target: 0.99, sli: 0.9, remaining: -0.5, runbook: 'https://runbooks.example/paid' },
};
const change: AlertMessage['data']['changes'][number] = {
  at: '2026-11-22T10:50:00.000Z',
  actor: 'anna',
  action: 'flag.configure',
  kind: 'flag',
  key: 'checkout',
  environment: 'production',
  reason: 'half of all',
};
const messageWith = (telling: Partial<Telling> = {}, changes = [change]) =>
  messageOf([{ ...page, ...telling }], { url: 'https://flags.example', changes });
const attemptWith = (message: AlertMessage): Attempt => ({ message, messageId: 'msg_1', now, secrets });
const sent = (channel: HttpChannel, message = messageWith()) => JSON.parse(requestFor(channel, attemptWith(message)).body);

const CHANNELS: readonly HttpChannel[] = [
  { kind: 'webhook', url: 'https://hook.example' },
  { kind: 'slack', url: 'https://slack.example' },
  { kind: 'pagerduty', url: 'https://pagerduty.example', routingKey: ROUTING_KEY },
  { kind: 'alertmanager', url: 'https://alertmanager.example' },
];
/** What, since when, how bad, which flag and variant, what changed before, what to do, and where to look. */
const EVERYTHING = [
  'paid of checkout (fast) in shop/production burns its error budget 10x as fast as allowed over 1h',
  '2026-11-22T11:00:00.000Z',
  'anna',
  'flag.configure',
  'half of all',
  'https://runbooks.example/paid',
  'https://flags.example/api/v1/projects/shop/objectives/paid',
];
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
};

/** A mail as it travels. */
async function mailed(message: AlertMessage): Promise<{ readonly headers: string; readonly body: string }> {
  const transport = createTransport({ streamTransport: true, buffer: true });
  const { message: raw } = await transport.sendMail({
    ...mailOf(['on-call@shop.example'], attemptWith(message)),
    from: 'ballast@shop.example',
  });
  const [headers = '', ...body] = raw.toString().split('\r\n\r\n');
  const text = body
    .join('\r\n\r\n')
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { headers, body: text };
}

it.each(CHANNELS.map((channel) => [channel.kind, channel] as const))('%s says everything that whoever gets it must know', (_, channel) => {
  const texts = textsOf(sent(channel)).join('\n');
  for (const each of EVERYTHING) expect(texts).toContain(each);
  expect(texts).toMatch(/-0\.5|-50 %/);
});

it('e-mail says everything that whoever gets it must know', async () => {
  const { headers, body } = await mailed(messageWith());
  for (const each of [...EVERYTHING, '-50 %', 'Owner: team <a&b>']) expect(body).toContain(each);
  expect(headers).toContain('Subject: Page: paid of checkout (fast) in shop/production');
  expect(headers).toContain('Message-ID: <msg_1@ballast>');
});

it('no name makes a header of a mail, or a line of its own', async () => {
  const labels = { ...page.labels, variant: 'on\r\nBcc: eve@evil.example\n\nDear all' };
  const { headers, body } = await mailed(messageWith({ labels }, [{ ...change, reason: 'x\r\n- nobody: did nothing\u2028really' }]));
  expect(headers).not.toMatch(/^bcc:/im);
  expect(headers.match(/^[\w-]+:/gm)?.map((name) => name.toLowerCase())).not.toContain('bcc:');
  expect(body).not.toMatch(/^Dear all|^- nobody/m);
});

describe('PagerDuty', () => {
  const channel: HttpChannel = { kind: 'pagerduty', url: 'https://pagerduty.example', routingKey: ROUTING_KEY };

  it.each([
    ['firing', 'page', 'trigger', 'critical'],
    ['firing', 'ticket', 'trigger', 'warning'],
    ['escalated', 'page', 'trigger', 'critical'],
    ['acknowledged', 'page', 'acknowledge', 'critical'],
    ['resolved', 'page', 'resolve', 'critical'],
  ] as const)('hears of %s (%s) as %s (%s), under the key of the alert', (kind, severity, action, mapped) => {
    const event = sent(channel, messageWith({ kind, labels: { ...page.labels, severity } }));
    expect(event).toMatchObject({ event_action: action, dedup_key: page.key, payload: { severity: mapped } });
  });

  it('gets no summary that is longer than it takes', () => {
    const labels = { ...page.labels, variant: 'x'.repeat(2_000) };
    expect(sent(channel, messageWith({ labels })).payload.summary).toHaveLength(1_024);
  });
});

describe('Slack', () => {
  const channel: HttpChannel = { kind: 'slack', url: 'https://slack.example' };

  it('reads nothing that is not meant', () => {
    const { text, blocks } = sent(channel);
    expect(text).toContain('Owner: team &lt;a&amp;b&gt;');
    expect(blocks[0]).toMatchObject({ type: 'header', text: { type: 'plain_text' } });
    expect(blocks[1].text).toMatchObject({ type: 'mrkdwn', text: expect.stringContaining('Owner: team &lt;a&amp;b&gt;') });
  });

  it('gets no more than it takes, in whole characters, whatever the names and however many the alerts', () => {
    const labels = { ...page.labels, variant: '<&🚀>'.repeat(900), owner: '&'.repeat(5_000) };
    const many = Array.from({ length: 60 }, () => ({ ...page, labels })) as [Telling, ...Telling[]];
    const changes = Array.from({ length: 10 }, () => ({ ...change, key: 'k'.repeat(255), reason: '<'.repeat(1_000) }));
    const { text, blocks } = sent(channel, messageOf(many, { url: 'https://flags.example', changes }));
    expect(text.length).toBeLessThanOrEqual(4_000);
    expect(blocks.length).toBeLessThanOrEqual(50);
    const [header, ...sections] = blocks.map((block: { text: { text: string } }) => block.text.text);
    expect(header.length).toBeLessThanOrEqual(150);
    for (const section of [text, ...sections]) {
      expect(section.length).toBeLessThanOrEqual(3_000 + (section === text ? 1_000 : 0));
      expect(section.length).toBeGreaterThan(0);
      expect(section).not.toMatch(/&(?!amp;|lt;|gt;)|\p{Surrogate}/u);
    }
    expect(sections).toContain('… and 50 more');
    expect(sections.at(-1)).toContain('https://flags.example/api/v1/projects/shop/alerts');
  });
});
