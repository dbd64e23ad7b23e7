import { DAY, HOUR, MINUTE } from '@ballast/slo';
import { expect, it } from 'vitest';
import type { MaintenanceRow } from './maintenance.store.js';
import { excludedSpans } from './plan.js';

const NOW = Date.parse('2026-11-22T10:00:30Z');
const within = { from: NOW - 30 * DAY, to: NOW };

function maintenance(from: string, to: string): MaintenanceRow {
  const times = { startsAt: new Date(from), endsAt: new Date(to), createdAt: new Date(from) };
  const what = {
    id: 'm',
    projectId: 'p',
    environmentId: null,
    environment: null,
    flag: 'new-checkout',
    reason: 'moving',
    createdBy: 'ada',
  };
  return { ...what, ...times };
}

it('sets aside the minutes of maintenance, or the whole hours that it touched where minutes are no longer kept', () => {
  const [recent, old] = excludedSpans(
    [maintenance('2026-11-21T10:30:00Z', '2026-11-21T11:30:00Z'), maintenance('2026-11-02T10:30:00Z', '2026-11-02T11:30:00Z')],
    within,
    NOW,
  );
  const [day, then] = [Date.parse('2026-11-21T10:00:00Z'), Date.parse('2026-11-02T10:00:00Z')];
  expect(recent).toEqual({ flag: 'new-checkout', from: day + 30 * MINUTE, to: day + 90 * MINUTE });
  expect(old).toEqual({ flag: 'new-checkout', from: then, to: then + 2 * HOUR });
});

it('sets aside nothing of what was called off, or lies outside', () => {
  const calledOff = maintenance('2026-11-21T10:30:00Z', '2026-11-21T10:30:00Z');
  const before = maintenance('2026-10-01T10:00:00Z', '2026-10-01T11:00:00Z');
  const ahead = maintenance('2026-11-23T10:00:00Z', '2026-11-23T11:00:00Z');
  expect(excludedSpans([calledOff, before, ahead], within, NOW)).toEqual([]);
});
