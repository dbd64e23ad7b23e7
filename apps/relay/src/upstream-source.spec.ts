import type { Snapshot } from '@ballast/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aFlag, aSnapshot } from '../../../libs/protocol/test/makers.js';
import { UpstreamSource } from './upstream-source.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aPair(revision: number) {
  const server: Snapshot = aSnapshot({ flags: [aFlag('checkout', { version: revision })], revision });
  return { environmentId: 'env', server, client: aSnapshot({ revision }) };
}

const aKey = (id: string) => ({ id, kind: 'server' as const, hash: id, expiresAt: null });

/** A source that holds revision 7, behind a load balancer whose servers answer with these revisions, one after the other. */
async function aSource(...revisions: readonly number[]) {
  const answers = [7, ...revisions];
  const problems: string[] = [];
  const lists: string[][] = [];
  const source = new UpstreamSource({
    staleAfterMs: 5_000,
    fetchPair: async () => aPair(answers.shift() ?? 0),
    onKeys: (_, keys) => lists.push(keys.map(({ id }) => id)),
    onChanged: () => undefined,
    onAsk: () => undefined,
    onMoment: () => undefined,
    onConnection: () => undefined,
    onProblem: (problem, error) => problems.push(`${problem}: ${error}`),
  });
  const held: number[] = [];
  source.feeds.subscribe(({ view }) => view === 'server' && held.push(source.feeds.head('env', view)?.revision ?? -1));
  source.start({ open: () => undefined, refresh: async () => undefined, resync: () => undefined, close: () => undefined }, undefined);
  source.welcome({ environmentId: 'env', revision: 7, isStale: false, keys: [aKey('old'), aKey('new')] });
  source.reset({ revision: 7 });
  await vi.advanceTimersByTimeAsync(0);
  expect(source.revision).toBe(7);
  return { source, held, problems, lists };
}

it('never goes back because another server of upstream is behind', async () => {
  const { source, held, problems } = await aSource(5, 8);
  source.garbled('a delta that cannot be read');
  await vi.advanceTimersByTimeAsync(0);
  expect(source.revision).toBe(7);
  expect(problems.at(-1)).toContain('older');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(source.revision).toBe(8);
  expect(held).toEqual([8]);
  source.stop();
});

it('goes back where upstream says that it was set back', async () => {
  const { source } = await aSource(5);
  source.reset({ revision: 5 });
  await vi.advanceTimersByTimeAsync(0);
  expect(source.revision).toBe(5);
  source.stop();
});

it('takes no key for revoked because a relay that is cut off does not know it', async () => {
  const { source, lists } = await aSource();
  source.lost('goodbye: draining');
  source.welcome({ environmentId: 'env', revision: 6, isStale: true, keys: [aKey('old')] });
  expect(lists).toEqual([['old', 'new']]);
  source.keys({ keys: [aKey('new')] });
  expect(lists.at(-1)).toEqual(['new']);
  source.stop();
});

it('knows at least the keys of a relay that is cut off', async () => {
  const lists: string[][] = [];
  const nothing = () => undefined;
  const source = new UpstreamSource({
    ...{
      staleAfterMs: 5_000,
      fetchPair: async () => aPair(7),
      onChanged: nothing,
      onAsk: nothing,
      onMoment: nothing,
      onConnection: nothing,
      onProblem: nothing,
    },
    onKeys: (_, keys) => lists.push(keys.map(({ id }) => id)),
  });
  source.welcome({ environmentId: 'env', revision: 6, isStale: true, keys: [aKey('old')] });
  expect(lists).toEqual([['old']]);
  source.stop();
});
