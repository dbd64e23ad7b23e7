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
  const buffer = new CounterBuffer<string>({ commit, weigh: (batch) => batch.length, waiting: 10, perCommit: 6, ...settings });
  const commitNext = async (): Promise<void> => {
    await expect.poll(() => gates.length).toBeGreaterThan(0);
    gates.shift()?.();
  };
  return { buffer, groups, commitNext };
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
  expect(buffer.isFull()).toBe(true);
  await commitNext();
  await answers[0];
  await expect.poll(() => buffer.isFull()).toBe(false);
  await commitNext();
  await commitNext();
  await buffer.drain();
  expect(await Promise.all(answers)).toEqual(['counted', 'counted', 'counted']);
});

it('fails only the batch that is bad', async () => {
  const { buffer, commitNext } = aBuffer();
  const answers = ['x', 'a', 'bad', 'b'].map((batch) => buffer.add(batch).catch((error: unknown) => String(error)));
  for (let i = 0; i < 5; i++) await commitNext();
  expect(await Promise.all(answers)).toEqual(['counted', 'counted', 'Error: a bad batch', 'counted']);
});
