import { type BurnRule, evaluateObjective, HOUR, MINUTE, type Silence, type WindowCounts } from '@ballast/slo';
import { beforeEach, expect, it } from 'vitest';
import { UNKNOWN_TELEMETRY } from '../slo/index.js';
import type { AlertRecord } from './alert.types.js';
import type { Finding } from './alert-parts.js';
import { stepAlerts } from './step-alerts.js';

const START = Date.parse('2026-11-22T10:00:00Z');
const PAGE: BurnRule = { severity: 'page', longMs: HOUR, shortMs: 5 * MINUTE, factor: 4, forMs: 0 };
const TICKET: BurnRule = { severity: 'ticket', longMs: 6 * HOUR, shortMs: 30 * MINUTE, factor: 2, forMs: 0 };

let stored: readonly AlertRecord[];
let silences: readonly Silence[];

beforeEach(() => {
  stored = [];
  silences = [];
});

/** What a round finds of an objective, of whose outcomes so many of a thousand fail. */
function aFinding(
  at: number,
  bad: number,
  { rules = [PAGE], version = 1 }: { rules?: readonly BurnRule[]; version?: number } = {},
): Finding {
  const counts: WindowCounts = { all: { good: 1_000 - bad, bad }, excluded: { good: 0, bad: 0 } };
  const windows = new Map(rules.flatMap(({ longMs, shortMs }) => [longMs, shortMs]).map((length) => [length, counts]));
  return {
    objectiveId: 'o1',
    projectId: 'p1',
    environmentId: 'e1',
    version,
    at,
    labels: { project: 'default', environment: 'production', objective: 'checkout', flag: 'new-checkout' },
    target: 0.99,
    runbook: null,
    policy: [],
    evaluation: evaluateObjective({ target: 0.99, rules }, { periodMs: 30 * 24 * HOUR, period: counts, windows }),
    telemetry: UNKNOWN_TELEMETRY,
    problem: null,
  };
}

/** One round at a moment; answers what is told. */
function aRound(now: number, findings: readonly Finding[], known: readonly string[] = ['o1']): readonly string[] {
  const { records, tellings } = stepAlerts({ now, findings, known: new Set(known), stored, silences });
  const changed = new Set(records.map(({ key }) => key));
  stored = [...stored.filter(({ key }) => !changed.has(key)), ...records];
  return tellings.map(({ kind, labels }) => `${labels.severity} ${kind}`);
}

const phases = () => stored.map(({ labels, memory }) => `${labels.severity} ${memory.phase}`);
const silence = (to: number): Silence => ({
  id: 's',
  kind: 'silence',
  match: { project: 'default' },
  from: START,
  to,
  by: 'ada',
  reason: 'moving',
});

it('remembers nothing of what never fired', () => {
  expect(aRound(START, [aFinding(START, 0)])).toEqual([]);
  expect(stored).toEqual([]);
});

it('a page and a ticket of one objective are two alerts', () => {
  expect(aRound(START, [aFinding(START, 100, { rules: [PAGE, TICKET] })])).toEqual(['page firing', 'ticket firing']);
});

it('counts a minute once, whichever server evaluates it again', () => {
  aRound(START, [aFinding(START, 100)]);
  for (const later of [1, 2, 3]) aRound(START + later * 30_000, [aFinding(START, 0)]);
  expect(phases()).toEqual(['page firing']);
  aRound(START + MINUTE, [aFinding(START + MINUTE, 0)]);
  expect(aRound(START + 2 * MINUTE, [aFinding(START + 2 * MINUTE, 0)])).toEqual(['page resolved']);
});

it('a minute is counted again for an objective that was edited meanwhile', () => {
  aRound(START, [aFinding(START, 100)]);
  const tickets = aFinding(START, 100, { rules: [TICKET], version: 2 });
  expect(aRound(START + 1, [tickets])).toEqual(['page resolved', 'ticket firing']);
});

it('an objective that is gone ends its alerts at once, others stay as they are', () => {
  aRound(START, [aFinding(START, 100)]);
  expect(aRound(START + MINUTE, [], ['o1'])).toEqual([]);
  expect(aRound(START + MINUTE, [], [])).toEqual(['page resolved']);
  expect(aRound(START + 2 * MINUTE, [], [])).toEqual([]);
});

it('the end of an objective that was deleted under a silence is told when the silence ends', () => {
  aRound(START, [aFinding(START, 100)]);
  silences = [silence(START + HOUR)];
  expect(aRound(START + MINUTE, [], [])).toEqual([]);
  expect(phases()).toEqual(['page resolved']);
  expect(aRound(START + 2 * MINUTE, [], [])).toEqual([]);
  expect(aRound(START + HOUR, [], [])).toEqual(['page resolved']);
  expect(aRound(START + HOUR + MINUTE, [], [])).toEqual([]);
});

it('a gap in telemetry has to last anew when nobody looked for a while', () => {
  const gap = (minute: number) => {
    const at = START + minute * MINUTE;
    return { ...aFinding(at, 0), telemetry: { verdict: 'gap', because: 'none', spanMs: 10 * MINUTE, isExcused: false } as const };
  };
  const told = (minute: number) => aRound(START + minute * MINUTE, [gap(minute)]);
  expect([0, 1, 2].flatMap(told)).toEqual([]);
  expect([20, 21, 22, 23, 24].flatMap(told)).toEqual([]);
  expect(told(25)).toEqual(['ticket firing']);
});

it('a clock that was days ahead and is right again stops no alert', () => {
  const ahead = START + 10 * 24 * HOUR;
  expect(aRound(ahead, [aFinding(ahead, 100)])).toEqual(['page firing']);
  expect(aRound(START, [aFinding(START, 0)])).toEqual([]);
  expect(aRound(START + MINUTE, [aFinding(START + MINUTE, 0)])).toEqual(['page resolved']);
  expect(aRound(START + HOUR, [aFinding(START + HOUR, 100)])).toEqual(['page firing']);
  expect(aRound(START + HOUR + 15 * MINUTE, [aFinding(START + HOUR + 15 * MINUTE, 100)])).toEqual(['page escalated']);
});
