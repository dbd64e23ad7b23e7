import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  ALERT_SETTINGS,
  type AlertBook,
  type AlertLabels,
  alertKey,
  checkSilence,
  groupNotices,
  type Silence,
  silenceOf,
  stepBook,
} from './index.js';

const labels = (different: Partial<AlertLabels> = {}): AlertLabels => ({
  project: 'default',
  environment: 'production',
  objective: 'checkout-success',
  severity: 'page',
  flag: 'new-checkout',
  ...different,
});
const silence = (different: Partial<Silence> = {}): Silence => ({
  id: 's1',
  kind: 'silence',
  match: { flag: 'new-checkout' },
  from: 100,
  to: 200,
  by: 'ada',
  reason: 'moving house',
  ...different,
});
const firing = { fires: true, clear: false, excused: false, forMs: 0 };
const context = { at: 150, silences: [], settings: ALERT_SETTINGS };

it('a key is the same on every server and different for every objective, environment and severity', () => {
  expect(alertKey(labels())).toBe(
    alertKey({ severity: 'page', objective: 'checkout-success', environment: 'production', project: 'default' }),
  );
  expect(alertKey(labels())).toMatch(/^[0-9a-f]{16}$/);
  const others = [
    labels({ severity: 'ticket' }),
    labels({ environment: 'staging' }),
    labels({ objective: 'other' }),
    labels({ project: 'other' }),
    labels({ kind: 'telemetry' }),
    labels({ kind: 'budget', step: 'notify' }),
    labels({ kind: 'budget', step: 'freeze_changes' }),
  ];
  expect(new Set([labels(), ...others].map(alertKey)).size).toBe(8);
  expect(alertKey(labels({ kind: 'burn' }))).toBe(alertKey(labels()));
  expect(alertKey(labels({ project: 'a', environment: 'b,c' }))).not.toBe(alertKey(labels({ project: 'a,b', environment: 'c' })));
});

it('keys do not collide: a hundred thousand names, a hundred thousand keys', () => {
  const keys = new Set(Array.from({ length: 100_000 }, (_, i) => alertKey(labels({ objective: `objective-${i}` }))));
  expect(keys.size).toBe(100_000);
});

it('a page and a ticket of one objective are two alerts, told in one message, the page first', () => {
  const readings = [
    { labels: labels({ severity: 'ticket' }), signals: [firing] },
    { labels: labels(), signals: [firing] },
    { labels: labels({ objective: 'search', flag: 'new-search' }), signals: [firing] },
  ];
  const { notices, book } = stepBook(new Map(), readings, context);
  expect(book.size).toBe(3);
  expect(groupNotices(notices).map(({ group, notices }) => [group, notices.map(({ labels }) => labels.severity)])).toEqual([
    ['default/production/new-checkout', ['page', 'ticket']],
    ['default/production/new-search', ['page']],
  ]);
});

it('an alert that was not evaluated stays as it is', () => {
  const { book } = stepBook(new Map(), [{ labels: labels(), signals: [firing] }], context);
  expect(stepBook(book, [], { ...context, at: 1000 })).toEqual({ book, notices: [] });
});

it('only pages are passed on by default', () => {
  let book: AlertBook = new Map();
  const kinds: string[] = [];
  for (let at = 0; at <= 3_600_000; at += 30_000) {
    const readings = (['page', 'ticket'] as const).map((severity) => ({ labels: labels({ severity }), signals: [firing] }));
    const step = stepBook(book, readings, { ...context, at });
    book = step.book;
    kinds.push(...step.notices.map(({ kind, labels, level }) => `${labels.severity} ${kind} ${level}`));
  }
  expect(kinds).toEqual(['page firing 0', 'ticket firing 0', 'page escalated 1', 'page escalated 2']);
});

it('a silence holds from its start to before its end, for what it names', () => {
  expect([99, 100, 199, 200].map((at) => silenceOf([silence()], labels(), at)?.id)).toEqual([undefined, 's1', 's1', undefined]);
  expect(silenceOf([silence({ match: { flag: 'new-checkout', severity: 'ticket' } })], labels(), 150)).toBeNull();
  expect(silenceOf([silence({ match: { service: 'payments' } })], labels(), 150)).toBeNull();
  expect(silenceOf([silence({ match: { environment: 'production' } })], labels(), 150)?.id).toBe('s1');
});

it.each([
  [{ to: 100 }, 'to'],
  [{ to: Number.POSITIVE_INFINITY }, 'to'],
  [{ to: 100 + 31 * 86_400_000 }, 'to'],
  [{ kind: 'maintenance', to: 100 + 8 * 86_400_000 }, 'to'],
  [{ match: {} }, 'match'],
  [{ reason: '' }, 'reason'],
] as const)('a silence with %j is refused', (different, path) => {
  expect(checkSilence(silence(different)).map((finding) => finding.path)).toEqual([path]);
  expect(checkSilence(silence())).toEqual([]);
});

it('among many objectives no key ever fires twice without being resolved between, and silenced ones tell nothing', () => {
  const reading = fc.record({
    objective: fc.constantFrom('a', 'b', 'c'),
    severity: fc.constantFrom('page' as const, 'ticket' as const),
    fires: fc.boolean(),
    silenced: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.array(reading, { maxLength: 6 }), { maxLength: 60 }), (evaluations) => {
      let book: AlertBook = new Map();
      const firingKeys = new Set<string>();
      evaluations.forEach((readings, index) => {
        const silences = readings
          .filter(({ silenced }) => silenced)
          .map(({ objective, severity }) => silence({ match: { objective, severity }, from: index * 30_000, to: index * 30_000 + 1 }));
        const found = readings.map(({ objective, severity, fires }) => ({
          labels: labels({ objective, severity }),
          signals: [{ ...firing, fires, clear: !fires }],
        }));
        const step = stepBook(book, found, { at: index * 30_000, silences, settings: ALERT_SETTINGS });
        book = step.book;
        for (const { key, kind, labels } of step.notices) {
          expect(silenceOf(silences, labels, index * 30_000)).toBeNull();
          expect(firingKeys.has(key)).toBe(kind !== 'firing');
          if (kind === 'firing') firingKeys.add(key);
          if (kind === 'resolved') firingKeys.delete(key);
        }
      });
    }),
  );
});
