import { expect, it } from 'vitest';
import { type BufferSettings, CounterBuffer } from './counter-buffer.js';

/** A commit that runs only when it is told to, and the groups it was given. */
function aBuffer(settings: Partial<BufferSettings<string>> = {}) {
  const groups: (readonly string[])[] = [];
  const gates: (() => void)[] = [];
  const commit = async (batches: readonly string[]) => {
    groups.push(batches);
    await new Promise<void>((open) => gates.push(open));
    if (batches.includes('bad')) throw new Error('a bad batch');
    return batches.map((batch) => (batch === 'again' ? ('duplicate' as const) : ('counted' as const)));
  };
  const weigh = (batch: string) => batch.length;
  const laneOf = (batch: string) => (batch.startsWith('noisy') ? 'noisy' : 'quiet');
  const buffer = new CounterBuffer<string>({
    commit,
    weigh,
    laneOf,
    waiting: 10,
    always: 2,
    perLane: 10,
    perCommit: 6,
    light: 0,
    ...settings,
  });
  const commitNext = async (): Promise<void> => {
    await expect.poll(() => gates.length).toBeGreaterThan(0);
    gates.shift()?.();
  };
  return { buffer, groups, gates, commitNext };
}

it('commits together what gathers while a commit runs', async () => {
  const { buffer, groups, commitNext } = aBuffer();
  const answers = ['a', 'b', 'again'].map((batch) => buffer.add(batch));
  await commitNext();
  await commitNext();
  expect(await Promise.all(answers)).toEqual(['counted', 'counted', 'duplicate']);
  expect(groups).toEqual([['a'], ['b', 'again']]);
});

it('answers nothing before its commit', async () => {
  const { buffer, commitNext } = aBuffer();
  let isAnswered = false;
  const answer = buffer.add('a').then(() => {
    isAnswered = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAnswered).toBe(false);
  await commitNext();
  await answer;
  expect(isAnswered).toBe(true);
});

it('fills a transaction only so far', async () => {
  const { buffer, groups, commitNext } = aBuffer();
  const answers = ['x', 'aaaa', 'bbb', 'c', 'd'].map((batch) => buffer.add(batch));
  for (let i = 0; i < 3; i++) await commitNext();
  await Promise.all(answers);
  expect(groups).toEqual([['x'], ['aaaa', 'bbb'], ['c', 'd']]);
});

it('is full when as much waits as may, and no longer once it is written', async () => {
  const { buffer, commitNext } = aBuffer();
  const answers = [buffer.add('x'), buffer.add('123456'), buffer.add('1234')];
  expect(buffer.isFull('quiet')).toBe(true);
  await commitNext();
  await answers[0];
  await expect.poll(() => buffer.isFull('quiet')).toBe(false);
  await commitNext();
  await commitNext();
  await buffer.drain();
  expect(await Promise.all(answers)).toEqual(['counted', 'counted', 'counted']);
});

it('gives everybody the same share of a transaction, and what others leave', async () => {
  const { buffer, groups, commitNext } = aBuffer({ perCommit: 12, perLane: 100, waiting: 100 });
  const answers = ['x', 'noisy1', 'noisy2', 'noisy3', 'noisy4', 'a', 'b', 'c'].map((batch) => buffer.add(batch));
  for (let i = 0; i < 3; i++) await commitNext();
  await Promise.all(answers);
  expect(groups).toEqual([['x'], ['noisy1', 'a', 'b', 'c', 'noisy2'], ['noisy3', 'noisy4']]);
});

it('lets the lane go first that could not have its turn', async () => {
  const { buffer, groups, commitNext } = aBuffer({ perCommit: 1, perLane: 100, waiting: 100 });
  const answers = ['x', 'noisy1', 'noisy2', 'a', 'b'].map((batch) => buffer.add(batch));
  for (let i = 0; i < 5; i++) await commitNext();
  await Promise.all(answers);
  expect(groups).toEqual([['x'], ['noisy1'], ['a'], ['noisy2'], ['b']]);
});

it('is full for whoever floods it, and not for the others', async () => {
  const { buffer, commitNext } = aBuffer({ perLane: 12 });
  const answers = [buffer.add('noisy1'), buffer.add('noisy2'), buffer.add('noisy3')];
  expect(buffer.isFull('noisy')).toBe(true);
  expect(buffer.isFull('quiet')).toBe(false);
  answers.push(buffer.add('ab'));
  expect(buffer.isFull('quiet')).toBe(true);
  while (buffer.isFull('quiet')) await commitNext();
  for (const answer of answers) void answer.catch(() => undefined);
});

it('writes who has little beside who has much, each lane in one of them at a time', async () => {
  const { buffer, groups, gates } = aBuffer({ perLane: 100, waiting: 100, perCommit: 12, light: 3 });
  const answers = ['noisy1', 'noisy2', 'a', 'b', 'noisy3', 'c'].map((batch) => buffer.add(batch));
  expect(groups).toEqual([['noisy1'], ['a']]);
  gates[1]?.();
  await Promise.all([answers[2], expect.poll(() => groups).toEqual([['noisy1'], ['a'], ['b', 'c']])]);
  gates[2]?.();
  gates[0]?.();
  await expect.poll(() => groups.at(-1)).toEqual(['noisy2', 'noisy3']);
  answers.push(buffer.add('d'));
  expect(groups.at(-1)).toEqual(['d']);
  for (const open of gates) open();
  await buffer.drain();
  expect(await Promise.all(answers)).toEqual(answers.map(() => 'counted'));
});

it('writes all that is light together when nobody has much', async () => {
  const { buffer, groups, gates } = aBuffer({ light: 3 });
  const answers = ['a', 'b'].map((batch) => buffer.add(batch));
  expect(groups).toEqual([['a']]);
  gates[0]?.();
  await expect.poll(() => groups).toEqual([['a'], ['b']]);
  gates[1]?.();
  await Promise.all(answers);
});

it('fails only the batch that is bad', async () => {
  const { buffer, commitNext } = aBuffer();
  const answers = ['x', 'a', 'bad', 'b'].map((batch) => buffer.add(batch).catch((error: unknown) => String(error)));
  for (let i = 0; i < 5; i++) await commitNext();
  expect(await Promise.all(answers)).toEqual(['counted', 'counted', 'Error: a bad batch', 'counted']);
});
