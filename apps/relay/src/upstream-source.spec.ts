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

/** A source that holds revision 7, behind a load balancer whose servers answer with these revisions, one after the other. */
async function aSource(...revisions: readonly number[]) {
  const answers = [7, ...revisions];
  const problems: string[] = [];
  const source = new UpstreamSource({
    staleAfterMs: 5_000,
    fetchPair: async () => aPair(answers.shift() ?? 0),
    onKeys: () => undefined,
    onChanged: () => undefined,
    onAsk: () => undefined,
    onConnection: () => undefined,
    onProblem: (problem, error) => problems.push(`${problem}: ${error}`),
  });
  const held: number[] = [];
  source.feeds.subscribe(({ view }) => view === 'server' && held.push(source.feeds.head('env', view)?.revision ?? -1));
  source.start({ open: () => undefined, refresh: async () => undefined, resync: () => undefined, close: () => undefined }, undefined);
  source.welcome({ environmentId: 'env', revision: 7, isStale: false, keys: [] });
  source.reset(7);
  await vi.advanceTimersByTimeAsync(0);
  expect(source.revision).toBe(7);
  return { source, held, problems };
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
  source.reset(5);
  await vi.advanceTimersByTimeAsync(0);
  expect(source.revision).toBe(5);
  source.stop();
});
