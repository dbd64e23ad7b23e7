import { HOUR, MINUTE } from '@ballast/slo';
import { expect, it } from 'vitest';
import { evaluateEnvironment } from './evaluate-round.js';
import type { MaintenanceRow } from './maintenance.store.js';
import type { ObjectiveRecord } from './objective.types.js';
import { planObjective, planRound } from './plan.js';
import { SumBook, type SumRow } from './sum-book.js';

const UNTIL = Date.UTC(2026, 10, 22, 12, 0);
const time = { now: UNTIL + 30_000, until: UNTIL };

const record: ObjectiveRecord = {
  id: 'o',
  projectId: 'p',
  environmentId: 'e',
  project: 'default',
  environment: 'development',
  name: 'cart',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  document: {
    owner: 'team',
    indicator: { kind: 'success' },
    scope: { kind: 'flag', flag: 'cart' },
    target: 0.9,
    period: { kind: 'rolling', days: 30 },
    alerting: { preset: 'custom', rules: [{ severity: 'ticket', longMs: 6 * HOUR, shortMs: 30 * MINUTE, factor: 2, forMs: 0 }] },
    policy: [],
  },
};

const maintenance = (from: number, to: number, different: Partial<MaintenanceRow> = {}): MaintenanceRow => ({
  id: 'm',
  projectId: 'p',
  environmentId: null,
  environment: null,
  flag: null,
  startsAt: new Date(UNTIL - from),
  endsAt: new Date(UNTIL - to),
  reason: 'moving',
  createdBy: 'ada',
  createdAt: new Date(0),
  ...different,
});

/** Ten outcomes in each segment, one of them bad. */
function evaluated(...declared: MaintenanceRow[]) {
  const [plan] = planRound([planObjective(record, time, () => [])], declared, time);
  if (plan === undefined) throw new Error('there is one environment');
  const rows = plan.timeline.segments.map(
    (_, segment): SumRow => ({
      environmentId: 'e',
      flag: 'cart',
      variant: 'on',
      segment,
      ms: null,
      event: null,
      exposures: 10,
      ok: 9,
      err: 1,
      n: 0,
    }),
  );
  const [found] = evaluateEnvironment(plan, new SumBook(rows));
  const shown = [...(found?.readings.windows ?? [])].map(([length, { all, excluded }]) => [length / MINUTE, all.bad, excluded.bad]);
  return { segments: plan.timeline.segments.length, windows: shown, period: found?.readings.period };
}

it('sums every window from the segments since its start', () => {
  expect(evaluated()).toEqual({
    segments: 3,
    windows: [
      [360, 2, 0],
      [30, 1, 0],
    ],
    period: { all: { good: 27, bad: 3 }, excluded: { good: 0, bad: 0 } },
  });
});

it('sets aside what lies inside maintenance, and nothing before or after it', () => {
  expect(evaluated(maintenance(2 * HOUR, HOUR))).toMatchObject({
    segments: 5,
    windows: [
      [360, 4, 1],
      [30, 1, 0],
    ],
    period: { excluded: { good: 9, bad: 1 } },
  });
});

it('counts minutes that two maintenances share once', () => {
  expect(evaluated(maintenance(3 * HOUR, HOUR), maintenance(2 * HOUR, HOUR)).period?.excluded).toEqual({ good: 18, bad: 2 });
});

it.each([
  ['of another project', { projectId: 'q' }],
  ['of another environment', { environmentId: 'f' }],
  ['of another flag', { flag: 'search' }],
])('takes no notice of maintenance %s', (_, different) => {
  expect(evaluated(maintenance(2 * HOUR, HOUR, different)).period?.excluded).toEqual({ good: 0, bad: 0 });
});
