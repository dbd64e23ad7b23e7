import type { Readable } from 'node:stream';
import { checksumOf, stateFrom } from '@ballast/protocol';
import { SnapshotFeeds } from '@ballast/streaming';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Clock } from '../clock.js';
import { EventStreams, MAX_EVENT_STREAMS, MAX_EVENT_STREAMS_PER_KEY } from './event-streams.js';

class StillClock extends Clock {
  now(): number {
    return 1_000_000_000_000;
  }
}

let feeds: SnapshotFeeds;
let streams: EventStreams;

beforeEach(() => {
  vi.useFakeTimers();
  Logger.overrideLogger(false);
  feeds = new SnapshotFeeds();
  publish(1);
  const keeper = Object.assign(feeds, { committedAt: () => undefined });
  streams = new EventStreams(keeper, new StillClock());
  streams.onModuleInit();
});

afterEach(() => {
  streams.beforeApplicationShutdown();
  vi.useRealTimers();
});

/** Leads the environment to a revision. */
function publish(revision: number): void {
  const bare = { environment: 'shop/live', revision, flags: {}, segments: {} };
  const opened = stateFrom({ ...bare, checksum: checksumOf(bare) });
  if ('state' in opened) feeds.open('e', 'server', opened.state);
}

const listen = (keyId = 'k'): Promise<Readable> => streams.listen({ environmentId: 'e', view: 'server', keyId }, undefined);
const read = (stream: Readable): string => String(stream.read() ?? '');

it('sends a comment every 15 seconds, so that nobody takes the stream for dead', async () => {
  const stream = await listen();
  expect(read(stream)).toMatch(/^retry: \d+\nid: 1-0\n\n$/);
  vi.advanceTimersByTime(14_999);
  expect(read(stream)).toBe('');
  vi.advanceTimersByTime(1);
  expect(read(stream)).toBe(':\n\n');
});

it('asks clients to come back after 1 to 5 seconds, and not all at once', async () => {
  const opened = await Promise.all(Array.from({ length: 20 }, () => listen()));
  const pauses = opened.map((stream) => Number(/^retry: (\d+)$/m.exec(read(stream))?.[1]));
  expect(new Set(pauses).size).toBe(20);
  for (const pause of pauses) expect(pause >= 1_000 && pause < 5_000).toBe(true);
});

it('tells nobody again, at the end of a burst, of what was told when it came', async () => {
  const early = await listen();
  publish(2);
  await Promise.resolve();
  publish(3);
  const late = await listen();
  vi.advanceTimersByTime(100);
  await Promise.resolve();
  expect(read(early).match(/refetchEvaluation/g)).toHaveLength(2);
  expect(read(late)).toMatch(/^retry: \d+\nid: 3-0\n\n$/);
});

it('cuts off who does not read, and nobody else', async () => {
  const slow = await listen();
  const quick = await listen();
  let text = '';
  for (let revision = 2; revision < 2_000 && !slow.destroyed; revision += 1) {
    publish(revision);
    await vi.advanceTimersByTimeAsync(100);
    text += read(quick);
  }
  expect(slow.destroyed).toBe(true);
  expect(slow.readableLength).toBeLessThan(70_000);
  expect(quick.destroyed).toBe(false);
  expect(text).toContain('refetchEvaluation');
});

it('tells of a burst at its beginning and now and then, at last of what it led to', async () => {
  const stream = await listen();
  read(stream);
  const told = () => [...read(stream).matchAll(/^id: (\d+)-/gm)].map(([, revision]) => Number(revision));
  for (let revision = 2; revision <= 500; revision += 1) publish(revision);
  await vi.advanceTimersByTimeAsync(0);
  expect(told()).toEqual([500]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told()).toEqual([]);
  for (let revision = 501; revision <= 520; revision += 1) {
    publish(revision);
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(100);
  const late = told();
  expect(late.length).toBeLessThanOrEqual(4);
  expect([late[0], late.at(-1)]).toEqual([501, 520]);
});

it('holds so many streams and no more, until one of them is gone', async () => {
  const keys = Array.from({ length: MAX_EVENT_STREAMS / MAX_EVENT_STREAMS_PER_KEY }, (_, i) => `k${i}`);
  const opened = keys.flatMap((key) => Array.from({ length: MAX_EVENT_STREAMS_PER_KEY }, () => listen(key)));
  const [first] = await Promise.all(opened);
  await expect(listen()).rejects.toMatchObject({ code: 'stream.full', status: 503, facts: { retryAfter: 5 } });
  const gone = new Promise((resolve) => first?.once('close', resolve));
  first?.destroy();
  await gone;
  await expect(listen()).resolves.toBeDefined();
});

it('leaves places for other keys when one has taken many, and gives its places back', async () => {
  const [first] = await Promise.all(Array.from({ length: MAX_EVENT_STREAMS_PER_KEY }, () => listen('greedy')));
  await expect(listen('greedy')).rejects.toMatchObject({ code: 'stream.full' });
  await expect(listen('other')).resolves.toBeDefined();
  const gone = new Promise((resolve) => first?.once('close', resolve));
  first?.destroy();
  await gone;
  await expect(listen('greedy')).resolves.toBeDefined();
});

it('lets nobody in with a key that was revoked, nor after it was told to stop', async () => {
  streams.disconnectKey('revoked');
  await expect(listen('revoked')).rejects.toMatchObject({ code: 'auth.invalid' });
  streams.beforeApplicationShutdown();
  await expect(listen()).rejects.toMatchObject({ code: 'stream.full' });
});

it('knows nothing of an environment that is not there', async () => {
  await expect(streams.listen({ environmentId: 'other', view: 'server', keyId: 'k' }, undefined)).rejects.toMatchObject({
    code: 'snapshot.loading',
  });
});
