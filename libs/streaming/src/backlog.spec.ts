import { expect, it } from 'vitest';
import { Backlog } from './backlog.js';

/** A connection that holds at most so much back: it passes on what came first. */
function aFlow() {
  const flow = { writableLength: 0, bytesWritten: 0 };
  const hand = (bytes: number) => {
    flow.bytesWritten += bytes;
    flow.writableLength += bytes;
  };
  const pass = (bytes: number) => {
    flow.writableLength -= Math.min(bytes, flow.writableLength);
  };
  return { flow, hand, pass };
}

const MESSAGE = { bytes: 456, frameBytes: 200 };

it('counts all that a client was sent that takes nothing', () => {
  const { flow, hand } = aFlow();
  const backlog = new Backlog(flow);
  const owed = Array.from({ length: 5 }, () => {
    const before = backlog.owe(MESSAGE);
    hand(MESSAGE.frameBytes);
    return before;
  });
  expect(owed).toEqual([0, 456, 912, 1_368, 1_824]);
});

it('takes nobody for slow who takes everything, though the connection is never seen empty', () => {
  const { flow, hand, pass } = aFlow();
  const backlog = new Backlog(flow);
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  hand(MESSAGE.frameBytes / 2);
  for (let i = 0; i < 10_000; i += 1) {
    most = Math.max(most, backlog.owe(MESSAGE));
    hand(MESSAGE.frameBytes);
    pass(MESSAGE.frameBytes);
    least = Math.min(least, flow.writableLength);
  }
  expect(least).toBeGreaterThan(0);
  expect(most).toBeLessThan(10 * MESSAGE.bytes);
});

it('finds out who takes half of what comes', () => {
  const { flow, hand, pass } = aFlow();
  const backlog = new Backlog(flow);
  let owed = 0;
  for (let i = 0; i < 1_000; i += 1) {
    owed = backlog.owe(MESSAGE);
    hand(MESSAGE.frameBytes);
    pass(MESSAGE.frameBytes / 2);
  }
  expect(owed).toBeGreaterThan(400 * MESSAGE.bytes);
  pass(Number.POSITIVE_INFINITY);
  expect(backlog.owe(MESSAGE)).toBe(0);
});

it('does not count what was sent before, as the answer to the request that opened the connection', () => {
  const { flow, hand } = aFlow();
  hand(5_000);
  flow.writableLength = 100;
  const backlog = new Backlog(flow);
  expect(backlog.owe(MESSAGE)).toBe(0);
  hand(MESSAGE.frameBytes);
  expect(backlog.owe(MESSAGE)).toBe(456);
});
