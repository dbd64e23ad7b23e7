import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  ALERT_SETTINGS,
  type Alert,
  type AlertNotice,
  type AlertSignal,
  acknowledge,
  budgetSignal,
  NO_ALERT,
  stepAlert,
  telemetrySignal,
} from './index.js';

const MINUTE = 60_000;
const EVERY = 30_000;
const rules = { ...ALERT_SETTINGS, escalateAfterMs: 15 * MINUTE };
const signal = (fires: boolean, clear: boolean, different: Partial<AlertSignal> = {}): AlertSignal => ({
  fires,
  clear,
  excused: false,
  forMs: 0,
  ...different,
});
const FIRES = signal(true, false);
const LINGERS = signal(false, false);
const CLEAR = signal(false, true);

/** Evaluates every 30 seconds: one list of signals per evaluation. */
function live(
  evaluations: readonly (readonly AlertSignal[])[],
  from: Alert = NO_ALERT,
  suppressed: (index: number) => boolean = () => false,
) {
  let alert = from;
  const told: (AlertNotice & { readonly index: number })[] = [];
  evaluations.forEach((signals, index) => {
    const step = stepAlert(alert, { at: index * EVERY, signals, isSuppressed: suppressed(index) }, rules);
    alert = step.alert;
    if (step.notice !== null) told.push({ ...step.notice, index });
  });
  return { alert, told: told.map(({ kind, index }) => `${kind}@${index}`), notices: told };
}
const times = (count: number, ...signals: AlertSignal[]) => Array.from({ length: count }, () => signals);

it('fires at once when no tier asks to wait, and is resolved by the second evaluation that finds it over', () => {
  const { told, notices } = live([...times(3, FIRES), ...times(4, CLEAR)]);
  expect(told).toEqual(['firing@0', 'resolved@4']);
  expect(notices[0]).toEqual({ kind: 'firing', at: 0, since: 0, level: 0, index: 0 });
});

it('a single evaluation that looks over does not resolve', () => {
  const { told, alert } = live([...times(2, FIRES), ...times(1, CLEAR), ...times(1, LINGERS), ...times(1, CLEAR)]);
  expect(told).toEqual(['firing@0']);
  expect(alert.phase).toBe('firing');
});

it('no longer firing is not over: the short window decides', () => {
  expect(live([...times(1, FIRES), ...times(20, LINGERS)]).alert.phase).toBe('firing');
});

it('waits as pending for the hold of its tier, and forgets a tier that did not hold', () => {
  const waits = signal(true, false, { forMs: 2 * MINUTE });
  const quiet = signal(false, true, { forMs: 2 * MINUTE });
  expect(live(times(4, waits)).alert).toMatchObject({ phase: 'pending', since: 0 });
  expect(live(times(5, waits)).told).toEqual(['firing@4']);
  const broken = live([...times(3, waits), ...times(1, quiet), ...times(4, waits)]);
  expect(broken).toMatchObject({ told: [], alert: { phase: 'pending', since: 4 * EVERY } });
  expect(live([...times(3, waits), ...times(1, quiet)]).alert.phase).toBe('inactive');
});

it('each tier waits for itself', () => {
  const slow = (fires: boolean) => signal(fires, !fires, { forMs: 10 * MINUTE });
  const quick = (fires: boolean) => signal(fires, !fires, { forMs: MINUTE });
  expect(live([...times(2, quick(false), slow(true)), ...times(2, quick(true), slow(true))]).alert.phase).toBe('pending');
  expect(live([...times(2, quick(false), slow(true)), ...times(3, quick(true), slow(true))]).told).toEqual(['firing@4']);
});

it('only tiers that fired keep an alert from being resolved', () => {
  expect(live([...times(1, FIRES, CLEAR), ...times(2, CLEAR, LINGERS)]).told).toEqual(['firing@0', 'resolved@2']);
  expect(live([...times(1, FIRES, FIRES), ...times(9, CLEAR, LINGERS)]).told).toEqual(['firing@0']);
});

it('an alert that flaps all the time is resolved after sixteen minutes at last', () => {
  const flapped: Alert = { ...NO_ALERT, phase: 'firing', told: 'firing', toldAt: 0, tiers: [{ pendingSince: null, fired: true }] };
  const resolved = (flaps: number) =>
    live(times(200, CLEAR), { ...flapped, resolvedAt: Array.from({ length: flaps }, () => 0) }).told.find((notice) =>
      notice.startsWith('resolved'),
    );
  expect([0, 1, 3, 4, 9].map(resolved)).toEqual(['resolved@1', 'resolved@3', 'resolved@15', 'resolved@31', 'resolved@31']);
});

it('an alert that flaps takes longer to be resolved each time, and tells less', () => {
  const flapping = Array.from({ length: 120 }, (_, i) => [i % 4 === 0 ? FIRES : CLEAR]);
  const { told, alert } = live(flapping);
  expect(told).toEqual(['firing@0', 'resolved@2', 'firing@4', 'escalated@36', 'escalated@64']);
  expect(alert.phase).toBe('firing');
  expect(live(times(4, CLEAR), { ...alert, clearEvaluations: 0 }).told).toEqual(['resolved@3']);
});

it('what was long ago damps nothing', () => {
  const { told } = live([...times(1, FIRES), ...times(130, CLEAR), ...times(1, FIRES), ...times(2, CLEAR)]);
  expect(told).toEqual(['firing@0', 'resolved@2', 'firing@131', 'resolved@133']);
});

it('an episode inside a silence is measured and never heard of', () => {
  const { told, alert } = live([...times(3, FIRES), ...times(5, CLEAR)], NO_ALERT, (index) => index < 6);
  expect(told).toEqual([]);
  expect(alert).toMatchObject({ phase: 'resolved', told: 'resolved' });
});

it('what still holds when a silence ends is told then', () => {
  expect(live(times(6, FIRES), NO_ALERT, (index) => index < 4).told).toEqual(['firing@4']);
  expect(live([...times(2, FIRES), ...times(6, CLEAR)], NO_ALERT, (index) => index >= 1 && index < 6).told).toEqual([
    'firing@0',
    'resolved@6',
  ]);
});

it('what is fading when a silence ends is not told any more', () => {
  expect(live([...times(3, FIRES), ...times(5, LINGERS), ...times(2, CLEAR)], NO_ALERT, (index) => index < 4).told).toEqual([]);
});

it('failures that declared maintenance explains are not told, also after its end', () => {
  const excused = signal(true, false, { excused: true });
  expect(live([...times(20, excused), ...times(3, CLEAR)]).told).toEqual([]);
  expect(live([...times(5, excused), ...times(1, FIRES)]).told).toEqual(['firing@5']);
  expect(live(times(1, excused, FIRES)).told).toEqual(['firing@0']);
});

it('an alert that nobody acknowledges is passed on, twice at most', () => {
  expect(live(times(200, FIRES)).told).toEqual(['firing@0', 'escalated@30', 'escalated@60']);
});

it('an alert that looks over is not passed on, unless it goes on', () => {
  expect(live([...times(30, FIRES), ...times(2, CLEAR)]).told).toEqual(['firing@0', 'resolved@31']);
  expect(live([...times(30, FIRES), ...times(1, CLEAR), ...times(1, FIRES)]).told).toEqual(['firing@0', 'escalated@31']);
});

it('an acknowledgement stops that for the episode, not for the next one', () => {
  const firing = live(times(1, FIRES)).alert;
  const known = acknowledge(firing, 'ada', 5);
  expect(known.acknowledged).toEqual({ by: 'ada', at: 5 });
  const { told, alert } = live([...times(100, FIRES), ...times(2, CLEAR)], known);
  expect(told).toEqual(['resolved@101']);
  expect(alert.acknowledged).toBeNull();
  expect(acknowledge(alert, 'ada', 9)).toBe(alert);
});

it('the alert of an objective that is gone is resolved at once', () => {
  expect(live([...times(3, FIRES), []]).told).toEqual(['firing@0', 'resolved@3']);
});

it('a gap in telemetry is told when it lasts, and is over only when that is known', () => {
  const gap = [telemetrySignal('gap')];
  const heard = [telemetrySignal('heard')];
  const unknown = [telemetrySignal('unknown')];
  expect(live([...times(10, ...gap), heard, unknown]).told).toEqual([]);
  expect(live([...times(11, ...gap), ...times(20, ...unknown), heard, heard]).told).toEqual(['firing@10', 'resolved@32']);
});

it('a step of a policy is told once, and over when the budget came back with a margin', () => {
  const left = (...shares: (number | null)[]) => shares.map((share) => [budgetSignal({ remainingBelow: 0.25 }, share)]);
  expect(live(left(0.26, 0.24, 0.251, 0.249, 0.2599, 0.26, 0.26)).told).toEqual(['firing@1', 'resolved@6']);
  expect(live(left(0.1, null, null)).told).toEqual(['firing@0', 'resolved@2']);
  expect(budgetSignal({ remainingBelow: 1 }, 1)).toMatchObject({ fires: false, clear: true });
});

const anySignal = fc.record({ fires: fc.boolean(), clear: fc.boolean(), excused: fc.boolean(), forMs: fc.constantFrom(0, 0, MINUTE) });
const anyEvaluation = fc.record({
  signals: fc.array(anySignal, { minLength: 1, maxLength: 2 }),
  isSuppressed: fc.boolean(),
  acknowledged: fc.boolean(),
});

it('whatever happens: firing and resolved take turns, silence is kept, and everything told is true in the end', () => {
  fc.assert(
    fc.property(fc.array(anyEvaluation, { maxLength: 200 }), (evaluations) => {
      let alert: Alert = NO_ALERT;
      let told: AlertNotice['kind'] = 'resolved';
      evaluations.forEach(({ signals, isSuppressed, acknowledged }, index) => {
        if (acknowledged) alert = acknowledge(alert, 'ada', index * EVERY);
        const known = alert.acknowledged !== null;
        const { alert: next, notice } = stepAlert(alert, { at: index * EVERY, signals, isSuppressed }, rules);
        const over = alert.phase === 'firing' && next.phase === 'resolved';
        if (over) expect(alert.clearEvaluations).toBeGreaterThanOrEqual(1);
        alert = next;
        if (isSuppressed) expect(notice).toBeNull();
        if (notice === null) return;
        expect(notice.kind === 'firing' ? 'resolved' : 'firing').toBe(told);
        if (notice.kind === 'escalated') expect(known).toBe(false);
        else told = notice.kind;
      });
      const { alert: last } = live([...times(40, CLEAR)], alert);
      expect(last.told).toBe('resolved');
      expect(last.phase).not.toBe('firing');
    }),
  );
});
