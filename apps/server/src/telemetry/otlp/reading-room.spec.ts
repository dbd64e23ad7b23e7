import { expect, it } from 'vitest';
import { ReadingRoom } from './reading-room.js';

const MIB = 1_048_576;
const never = () => new Promise<never>(() => undefined);

it('keeps room for 32 MiB of one sender and 64 MiB of all, and 4 MiB for everyone else', async () => {
  const room = new ReadingRoom();
  const enters = async (sender: string, bytes: number) => {
    void room.hold(sender, bytes, never).catch(() => undefined);
    return await room.hold(sender, 0, async () => true).catch(() => false);
  };
  expect(await enters('a', 31 * MIB)).toBe(true);
  expect(await enters('a', MIB)).toBe(false);
  expect(await enters('b', 31 * MIB)).toBe(true);
  expect(await enters('b', 4 * MIB)).toBe(false);
  expect(await enters('c', 3 * MIB)).toBe(true);
  expect(await enters('c', MIB)).toBe(false);
});

it('has the room again when the work is done, whether it went well or not', async () => {
  const room = new ReadingRoom();
  for (let i = 0; i < 3; i++) {
    await expect(room.hold('a', 40 * MIB, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await room.hold('a', 40 * MIB, async () => i)).toBe(i);
  }
});

it('bounds the requests that hold nothing too', async () => {
  const room = new ReadingRoom();
  for (let i = 0; i < 32 * 1_024; i++) void room.hold('a', 0, never).catch(() => undefined);
  await expect(room.hold('a', 0, async () => true)).rejects.toMatchObject({ code: 'telemetry.busy', facts: { retryAfter: 5 } });
});

it('reads one after the other, also after one that failed', async () => {
  const room = new ReadingRoom();
  const seen: string[] = [];
  const read = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (name === 'a') throw new Error('broken');
  };
  await Promise.allSettled(['a', 'b', 'c'].map((name) => room.inTurn(read(name))));
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});
