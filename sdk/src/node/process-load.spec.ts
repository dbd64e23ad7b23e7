import { performance } from 'node:perf_hooks';
import { afterEach, expect, it, vi } from 'vitest';
import { aFlag, aServer, KEY } from '../../test-support/a-server.js';
import { createClient } from './index.js';
import { cpuQuota, processLoad, processors } from './process-load.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  ['max 100000', 8, 8],
  ['150000 100000', 8, 1.5],
  ['1600000 100000', 8, 8],
  ['', 4, 4],
  ['garbage', 4, 4],
  ['-1 100000', 4, 4],
  ['100000 -1', 4, 4],
  ['0 100000', 4, 4],
])('goes by the processors of its container: %j of %d', (quota, present, expected) => {
  expect(processors(quota, present)).toBe(expected);
});

it('reads what a container is given of either version of control groups, and nothing where there are none', () => {
  const files = (contents: Readonly<Record<string, string>>) => (path: string) => {
    const content = contents[path];
    if (content === undefined) throw new Error(`no such file: ${path}`);
    return content;
  };
  const first = { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' };
  expect(processors(cpuQuota(files({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' })), 8)).toBe(1.5);
  expect(processors(cpuQuota(files(first)), 8)).toBe(0.5);
  expect(processors(cpuQuota(files({ ...first, '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' })), 8)).toBe(8);
  expect(processors(cpuQuota(files({})), 8)).toBe(8);
});

it.each(['eventLoopUtilization', 'memory'])('says nothing where the runtime does not tell of %s, and never throws', (what) => {
  const refuse = () => {
    throw new Error('not implemented');
  };
  if (what === 'memory') vi.spyOn(process.memoryUsage, 'rss').mockImplementation(refuse);
  else vi.spyOn(performance, 'eventLoopUtilization').mockImplementation(refuse);
  const load = processLoad(0);
  expect([load(), load()]).toEqual([undefined, undefined]);
});

it('tells how busy the process was since it was asked last, and nothing of a moment', () => {
  const load = processLoad(100);
  expect(load()).toBeUndefined();
  const spin = () => {
    for (const until = performance.now() + 110; performance.now() < until; );
  };
  spin();
  const busy = load();
  expect(busy?.loop).toBeGreaterThan(900);
  expect(busy?.cpu).toBeGreaterThan(0);
  for (const share of [busy?.cpu, busy?.memory]) expect(share).toBeLessThanOrEqual(1_000);
  expect(busy?.memory).toBeGreaterThan(0);
  expect(load()).toBeUndefined();
});

it('gives a sign of life although nothing is evaluated, unless it is told not to', async () => {
  const server = await aServer(aFlag('a'));
  const options = { url: server.url, key: KEY, logger: null, cache: false, flushOnExit: false } as const;
  const [telling, quiet] = [createClient(options), createClient({ ...options, processLoad: false })];
  await Promise.all([telling.ready(), quiet.ready()]);
  await vi.waitFor(() => expect(server.envelopes).toHaveLength(1), 25_000);
  const share = expect.any(Number);
  expect(server.envelopes).toMatchObject([{ seq: 0, rows: [], process: { ms: share, loop: share, cpu: share, memory: share } }]);
  expect(server.envelopes[0]?.process?.ms).toBeGreaterThan(5_000);
  // What has no answer yet is sent once more by the one that closes.
  expect(await telling.flush()).toBe(true);
  await Promise.all([telling.close(), quiet.close()]);
  expect(server.attempts).toHaveLength(1);
  await server.stop();
}, 40_000);
