import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WriteGate } from './write-gate.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work at a gate that notes when it starts and ends when it is told to. */
function aGate() {
  const gate = new WriteGate();
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const settled = () => vi.advanceTimersByTimeAsync(0);
  const write = (name: string, environment: string | 'all', urgent = false) => {
    const environmentIds = environment === 'all' ? ('all' as const) : environment === '' ? [] : [environment];
    return gate.run({ projectId: 'p', environmentIds, urgent }, () => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { write, end, settled, started };
}

it('lets two writes of an environment in, and the others in order as those end', async () => {
  const { write, end, settled, started } = aGate();
  for (const name of ['a', 'b', 'c', 'd']) void write(name, 'one');
  await settled();
  expect(started).toEqual(['a', 'b']);
  await end('b');
  expect(started).toEqual(['a', 'b', 'c']);
  await end('a');
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

it('lets what is urgent in at once, and lets nobody else in for it', async () => {
  const { write, end, settled, started } = aGate();
  for (const name of ['a', 'b', 'c']) void write(name, 'one');
  await settled();
  void write('kill', 'one', true);
  await settled();
  expect(started).toEqual(['a', 'b', 'kill']);
  await end('kill');
  expect(started).toEqual(['a', 'b', 'kill']);
});

it('lets another environment pass, but only so many in all', async () => {
  const { write, end, settled, started } = aGate();
  for (const name of ['a', 'b', 'c']) void write(name, 'one');
  for (const name of ['d', 'e']) void write(name, 'two');
  for (const name of ['f', 'g']) void write(name, 'all');
  void write('h', 'three');
  await settled();
  expect(started).toEqual(['a', 'b', 'd', 'e', 'f', 'g']);
  await end('d');
  expect(started.slice(6)).toEqual(['h']);
});

it('keeps nobody who wants no lock', () => {
  const { write, started } = aGate();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) void write(name, '');
  expect(started).toHaveLength(7);
});

it('makes room after a failure too', async () => {
  const gate = new WriteGate();
  const request = { projectId: 'p', environmentIds: ['one'] };
  for (let turn = 0; turn < 5; turn += 1) {
    await expect(gate.run(request, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  }
  expect(await gate.run(request, async () => 'yes')).toBe('yes');
});

it('refuses who has waited for ten seconds, and keeps the place of those behind', async () => {
  const { write, end, started } = aGate();
  for (const name of ['a', 'b']) void write(name, 'one');
  const refused = expect(write('c', 'one')).rejects.toMatchObject({ code: 'database.timeout' });
  await vi.advanceTimersByTimeAsync(9_999);
  void write('d', 'one');
  await vi.advanceTimersByTimeAsync(1);
  await refused;
  await end('a');
  expect(started).toEqual(['a', 'b', 'd']);
});
