import type { Resolution } from '@ballast/evaluation';
import { beforeEach, expect, it } from 'vitest';
import { type Core, newCore } from './core.js';
import { Counters } from './counters.js';
import { readOptions } from './options.js';
import { flush, slotOpened } from './reporter.js';
import type { HttpAnswer, HttpRequest, Platform } from './transport.js';

const DAY_MS = 86_400_000;
let now: number;
/** How far the wall clock is from the time that passes. */
let skew: number;
let timers: { at: number; task: () => void }[];
let requests: { body: Record<string, unknown>; keepalive: boolean | undefined; answer: (answer: HttpAnswer) => void }[];
let counters: Counters;
let core: Core;

const after: Platform['after'] = (ms, task) => {
  const timer = { at: now + ms, task };
  timers.push(timer);
  return () => {
    timers = timers.filter((other) => other !== timer);
  };
};
const http = (request: HttpRequest, answer: (answer: HttpAnswer) => void) => {
  requests.push({ body: JSON.parse(request.body ?? ''), keepalive: request.last, answer });
  return () => {};
};

/** Lets time pass, timer by timer. */
function pass(ms: number): void {
  const end = now + ms;
  for (let next = due(end); next; next = due(end)) {
    now = next.at;
    timers = timers.filter((timer) => timer !== next);
    next.task();
  }
  now = end;
}

const due = (end: number) => timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
const answer = (status: number) => requests.at(-1)?.answer({ status, text: '' });
const resolution: Resolution = { flag: 'a', version: 1, reason: 'STATIC', variant: 'on', value: true, metadata: {} };

beforeEach(() => {
  now = 50_000_004_000;
  skew = 0;
  timers = [];
  requests = [];
  const clock = { now: () => now + skew, elapsed: () => now, random: () => 0.5, uuid: () => 'i', after };
  const logger = { warn: () => {}, error: () => {} };
  const place = { sdk: 'test/1', isUrl: () => true, cacheOf: () => null, onExit: () => () => {}, logger };
  const openSocket = () => ({ send: () => {}, close: () => {} });
  core = newCore({ ...clock, ...place, openSocket, http }, readOptions({ url: 'http://flags', key: 'k' }, place));
  counters = new Counters(core.now, (msLeft) => slotOpened(core, msLeft));
  core.counters = counters;
});

it('sends a slot by itself some seconds after its end, and nothing when nothing was counted', () => {
  pass(60_000);
  expect(requests).toEqual([]);
  counters.count(resolution);
  pass(8_400);
  expect(requests).toEqual([]);
  pass(200);
  expect(requests).toHaveLength(1);
  answer(200);
  pass(60_000);
  expect(requests).toHaveLength(1);
});

it('waits longer after every failure, and asks again within a minute at most', () => {
  counters.count(resolution);
  pass(60_000);
  for (let failures = 0; failures < 12; failures++) {
    answer(500);
    const before = requests.length;
    pass(Math.min(30_000, 500 * 2 ** failures) - 1);
    expect(requests).toHaveLength(before);
    pass(1);
    expect(requests).toHaveLength(before + 1);
  }
  expect(new Set(requests.map(({ body }) => body.seq))).toEqual(new Set([0]));
});

it('says anew when it sends, so that the server can tell late from skewed', () => {
  counters.count(resolution);
  pass(60_000);
  answer(503);
  pass(60_000);
  const [first, second] = requests.map(({ body }) => body);
  expect(Number(second?.sentAt)).toBeGreaterThan(Number(first?.sentAt));
  expect({ ...second, sentAt: 0 }).toEqual({ ...first, sentAt: 0 });
});

it('gives up a batch after a day, and counts it as dropped', () => {
  counters.count(resolution);
  pass(30_000);
  now += DAY_MS;
  counters.count(resolution);
  answer(0);
  pass(60_000);
  expect(requests.at(-1)?.body).toMatchObject({ seq: 1, rows: [{ exposures: 1 }], dropped: 1 });
});

it('sends everything at once when it may be the last time, under the numbers it had', async () => {
  counters.count(resolution);
  void flush(core);
  counters.count(resolution);
  const delivered = flush(core, true);
  expect(requests.map(({ body, keepalive }) => [body.seq, keepalive])).toEqual([
    [0, false],
    [0, true],
    [1, true],
  ]);
  for (const { answer: reply } of requests) reply({ status: 200, text: '' });
  expect(await delivered).toBe(true);
});

it.each([
  ['loses nothing', 3_600_000, 0],
  ['loses nothing', -3_600_000, 0],
  ['reports as dropped what seems to be older than a day', -400 * DAY_MS, 5],
])('%s and sends in time when the clock jumps by %d ms and back', (_, jump, lost) => {
  for (let count = 0; count < 30; count++) {
    if (count === 10) skew = jump;
    if (count === 20) skew = 0;
    counters.count(resolution);
    pass(2_000);
    if (requests.length > 0) answer(200);
  }
  pass(20_000);
  answer(200);
  const bodies = new Map(requests.map(({ body }) => [body.seq, body]));
  const rows = [...bodies.values()].flatMap(({ rows }) => (Array.isArray(rows) ? rows : []));
  expect(rows.reduce((sum, { exposures }) => sum + exposures, 0)).toBe(30 - lost);
  expect(rows.every(({ t0 }) => t0 % 10_000 === 0)).toBe(true);
  expect([...bodies.values()].reduce((sum, { dropped }) => sum + Number(dropped), 0)).toBe(lost);
});

it('keeps a bounded number of batches however often the page is hidden while the server is away, and tells how much that cost', () => {
  for (let i = 0; i < 200; i++) {
    counters.count({ ...resolution, flag: `flag-${i}` });
    void flush(core, true);
    for (const request of requests.splice(0)) request.answer({ status: 0, text: '' });
  }
  expect(core.queue.size).toBeLessThanOrEqual(51);
  void flush(core);
  while (core.queue.size > 0) answer(200);
  counters.count(resolution);
  void flush(core);
  const rows = requests.flatMap(({ body }) => (Array.isArray(body.rows) ? body.rows : []));
  const dropped = requests.reduce((sum, { body }) => sum + Number(body.dropped), 0);
  expect([rows.length, rows.length + dropped]).toEqual([51, 201]);
});
