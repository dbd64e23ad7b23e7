import type { AlertLabels } from '@ballast/slo';
import { expect, it } from 'vitest';
import { addressTellings } from './address.js';
import { requestFor } from './channels/requests.js';
import { groupTellings, messageOf, summaryOf, type Telling } from './message.js';
import { textOf } from './text.js';

const HOUR = 3_600_000;
const at = Date.UTC(2026, 10, 22, 12);
const labels: AlertLabels = {
  project: 'shop',
  environment: 'production',
  objective: 'checkout',
  severity: 'page',
  owner: 'team <a&b>',
  flag: 'new',
};
const facts = { target: 0.99, sli: 0.9812, remaining: -0.5, runbook: 'https://runbooks.example/x' };
const burns = [
  { longMs: HOUR, shortMs: HOUR / 12, factor: 4, longBurn: 10.04, shortBurn: 12, fires: true },
  { longMs: 6 * HOUR, shortMs: HOUR / 2, factor: 2, longBurn: 9, shortBurn: 9, fires: false },
];
const aTelling = (different: Partial<Telling> = {}): Telling => ({
  kind: 'firing',
  at,
  since: at,
  level: 0,
  key: 'k',
  labels,
  burns,
  facts,
  ...different,
});
const aMessage = (telling: Telling, changes: Parameters<typeof messageOf>[1]['changes'] = []) =>
  messageOf([telling], { url: 'https://flags.example', changes });
const attempt = (telling: Telling) => ({ message: aMessage(telling), messageId: 'msg_1', now: at, secrets: [] });

it('says in one sentence what burns, where, and how fast', () => {
  expect(summaryOf(aTelling())).toBe(
    'Page: checkout of new in shop/production burns its error budget 10x as fast as allowed over 1h and 12x over 5m (limit 4x)',
  );
  expect(summaryOf(aTelling({ kind: 'resolved' }))).toBe('Resolved: checkout of new in shop/production meets its objective again');
  expect(summaryOf(aTelling({ kind: 'escalated', level: 2, since: at - HOUR / 2 }))).toMatch(
    /^Nobody acknowledged for 30 min \(level 2\): checkout/,
  );
});

it('says to people what changed before, or that nothing did', () => {
  const change = {
    at: '2026-11-22T11:50:00.000Z',
    actor: 'anna',
    action: 'flag.update',
    kind: 'flag',
    key: 'new',
    environment: 'production',
    reason: 'ramp',
  };
  const text = textOf(aMessage(aTelling(), [change]));
  expect(text.split('\n').slice(1)).toEqual([
    'Since 2026-11-22T12:00:00.000Z; objective 99 %, now 98.12 %; error budget left -50 %',
    'Owner: team <a&b>',
    'Runbook: https://runbooks.example/x',
    'Objective: https://flags.example/api/v1/projects/shop/objectives/checkout',
    '',
    'Changed in the hour before:',
    '- 2026-11-22T11:50:00.000Z anna: flag.update flag new in production (ramp)',
    '',
    'Alerts: https://flags.example/api/v1/projects/shop/alerts?environment=production',
  ]);
  expect(textOf(aMessage(aTelling()))).toContain('Nothing changed in the hour before.');
});

it('makes one message of what belongs together, pages first', () => {
  const ticket = aTelling({ key: 't', labels: { ...labels, severity: 'ticket' } });
  const elsewhere = aTelling({ key: 'e', labels: { ...labels, environment: 'staging' } });
  const over = aTelling({ key: 'o', kind: 'resolved' });
  expect(groupTellings([ticket, elsewhere, over, aTelling()]).map((group) => group.map(({ key }) => key))).toEqual([
    ['e'],
    ['o'],
    ['k', 't'],
  ]);
});

it('tells the level that is due, and those below where nobody stands on it', () => {
  const channel = (id: string, level: number) => ({ id, kind: 'webhook', level, match: {} });
  const told = (telling: Partial<Telling>, reached: number, ...channels: ReturnType<typeof channel>[]) =>
    [...addressTellings([{ ...aTelling(telling), reached }], channels).keys()].map(({ id }) => id);
  const [first, second] = [channel('first', 0), channel('second', 1)];
  expect(told({}, 0, first, second)).toEqual(['first']);
  expect(told({ kind: 'escalated', level: 1 }, 1, first, second)).toEqual(['second']);
  expect(told({ kind: 'escalated', level: 2 }, 2, first, second)).toEqual(['first']);
  expect(told({ kind: 'resolved' }, 0, first, second)).toEqual(['first']);
  expect(told({ kind: 'resolved' }, 1, first, second)).toEqual(['first', 'second']);
});

it('ends at Alertmanager when it is over, and not before', () => {
  const alertOf = (telling: Telling) => JSON.parse(requestFor({ kind: 'alertmanager', url: 'http://am:9093/' }, attempt(telling)).body)[0];
  expect(Date.parse(alertOf(aTelling()).endsAt) - at).toBe(HOUR);
  expect(alertOf(aTelling({ kind: 'resolved', since: at - HOUR }))).toMatchObject({
    startsAt: '2026-11-22T11:00:00.000Z',
    endsAt: '2026-11-22T12:00:00.000Z',
    labels: { alertname: 'checkout', severity: 'page', flag: 'new' },
  });
});
