import type { InstanceReport } from '@ballast/protocol';
import { expect, it } from 'vitest';
import { ANSWER_BYTES, fitting } from './fitting.js';
import { EMPTY_TALLY } from './merge-tallies.js';
import { markOf, unpackRoll } from './roll.js';
import { rollCall } from './roll-call.js';

/** Reports of clients that call themselves what takes most room in JSON. */
function reports(count: number): InstanceReport[] {
  const name = (i: number) => `${String(i).padStart(4, '0')}${'\u0001'.repeat(60)}`;
  return Array.from({ length: count }, (_, i) => {
    return { instance: name(i), sdk: '\u0001'.repeat(64), keyId: 'key', revision: 5, state: 'wedged', seenMs: 0, behindMs: 0 };
  });
}

it('leaves alone what fits', () => {
  const tally = { ...EMPTY_TALLY, connected: 2, listed: reports(2) };
  expect(fitting(tally)).toBe(tally);
});

it('cuts lists so that an answer always arrives, and says that there is more', () => {
  const fit = fitting({ ...EMPTY_TALLY, connected: 40, wedged: 40, listed: reports(40), troubled: reports(40), absent: reports(40) });
  expect(Buffer.byteLength(JSON.stringify(fit))).toBeLessThanOrEqual(ANSWER_BYTES);
  expect(fit).toMatchObject({ connected: 40, wedged: 40, hasMore: true });
  expect([fit.listed, fit.troubled, fit.absent].map(({ length }) => length)).toEqual([20, 20, 20]);
});

it('keeps a place to go on from', () => {
  expect(fitting({ ...EMPTY_TALLY, listed: reports(3) }, 100)).toMatchObject({
    hasMore: true,
    listed: [{ instance: reports(1)[0]?.instance }],
  });
});

it('gives the roll what room the lists leave, and counts those beyond it', () => {
  const entries = Array.from({ length: 9_000 }, (_, i) => {
    return { mark: markOf({ instance: `i${i}`, keyId: 'key' }), ageMs: i, standing: i < 3_000 ? ('late' as const) : ('polling' as const) };
  });
  const fit = fitting({ ...EMPTY_TALLY, listed: reports(40), troubled: reports(40), absent: reports(40), ...rollCall(entries) });
  expect(Buffer.byteLength(JSON.stringify(fit))).toBeLessThanOrEqual(ANSWER_BYTES);
  const kept = unpackRoll(fit.roll ?? '').length;
  expect(kept).toBeGreaterThan(2_000);
  expect(kept + (fit.beyond?.polling ?? 0) + (fit.beyond?.late ?? 0)).toBe(9_000);
  expect(fit.listed.length).toBeGreaterThanOrEqual(5);
});
