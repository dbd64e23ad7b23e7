import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import { type Client, createClient, inRequestScope } from './index.js';

let server: TestServer;
let client: Client;

beforeEach(async () => {
  const by = { attribute: 'targetingKey', op: 'starts_with', values: ['a'] } as const;
  const split = aFlag('split', 'off', { rules: [{ id: 'r', when: by, serve: { variant: 'on' } }] });
  const step = {
    by: 'targetingKey',
    hash: 'native',
    salt: 's',
    stage: 'step-1',
    share: 100_000,
    weights: [['on', 1]],
    rest: null,
  } as const;
  const staged = aFlag('staged', 'on', { default: { split: step } });
  server = await aServer(
    aFlag('new-checkout', 'on'),
    split,
    staged,
    aFlag('text', 'on', { type: 'string', variants: { on: 'a', off: 'b' } }),
  );
  client = createClient({ url: server.url, key: KEY, cache: false, logger: null });
  await client.ready();
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

/** `flag variant exposures ok err` of everything counted, slots added up. */
const counted = async (): Promise<string[]> => {
  await client.flush();
  const sums = new Map<string, number[]>();
  for (const { flag, variant, exposures, ok, err } of server.envelopes.flatMap(({ rows }) => rows)) {
    const id = `${flag} ${variant}`;
    const [a = 0, b = 0, c = 0] = sums.get(id) ?? [];
    sums.set(id, [a + exposures, b + ok, c + err]);
  }
  return [...sums].map(([id, sum]) => [id, ...sum].join(' ')).sort();
};

it('gives every flag the outcome of its request once, however often it was evaluated', async () => {
  const answer = inRequestScope(() => {
    client.value('new-checkout', false);
    client.value('new-checkout', false);
    return client.details('split', false, { targetingKey: 'b' }).value;
  });
  expect(answer).toBe(false);
  expect(await counted()).toEqual(['new-checkout on 2 1 0', 'split off 1 1 0']);
});

it('counts a context once per variant of a rollout step, and its first failure once', async () => {
  const request = (targetingKey: string, isBroken: boolean) => () => {
    client.value('staged', false, { targetingKey });
    client.value('staged', false, { targetingKey });
    if (isBroken) throw new Error('broken');
  };
  inRequestScope(request('a', false));
  inRequestScope(request('b', false));
  for (let i = 0; i < 3; i++) expect(() => inRequestScope(request('a', true))).toThrow('broken');
  client.value('staged', false, { targetingKey: 'a' });
  await client.flush();
  const [first, ...others] = server.envelopes.flatMap(({ rows }) => rows);
  const sum = (of: 'exposures' | 'err' | 'exposuresFirst' | 'errFirst') =>
    others.reduce((all, row) => all + (row[of] ?? 0), first?.[of] ?? 0);
  expect([sum('exposures'), sum('err'), sum('exposuresFirst'), sum('errFirst')]).toEqual([11, 3, 2, 1]);
});

it('counts nothing before the request has ended', async () => {
  let finish = () => {};
  const request = inRequestScope(async () => {
    client.value('new-checkout', false);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  expect(await counted()).toEqual([]);
  finish();
  await request;
  expect(await counted()).toEqual(['new-checkout on 1 1 0']);
});

it('counts work that throws or rejects as failed, and hands its failure on', async () => {
  const broken = () => {
    client.value('new-checkout', false);
    throw new Error('broken');
  };
  expect(() => inRequestScope(broken)).toThrow('broken');
  await expect(inRequestScope(async () => broken())).rejects.toThrow('broken');
  expect(await counted()).toEqual(['new-checkout on 2 0 2']);
});

it('keeps the outcome of `run` where a branch ran, and counts no evaluation twice', async () => {
  const request = () => {
    client.value('split', false, { targetingKey: 'a' });
    client.run('new-checkout', {}, { on: () => 1, off: () => 2 });
    throw new Error('broken');
  };
  expect(() => inRequestScope(request)).toThrow('broken');
  expect(await counted()).toEqual(['new-checkout on 1 1 0', 'split on 1 0 1']);
});

it('counts what is evaluated after the end, and what is in no request, without an outcome', async () => {
  let late = Promise.resolve(false);
  inRequestScope(() => {
    late = setImmediate().then(() => client.value('new-checkout', false));
  });
  await late;
  client.value('split', false);
  expect(await counted()).toEqual(['new-checkout on 1 0 0', 'split off 1 0 0']);
});

it('gives a default that was served for a type mismatch its outcome, and none to a flag that does not exist', async () => {
  inRequestScope(() => {
    for (let i = 0; i < 3; i++) client.value('text', true);
    for (let i = 0; i < 3; i++) client.value('unknown', true);
  });
  expect(await counted()).toEqual(['text undefined 3 1 0']);
  expect(server.envelopes.map(({ unknown }) => unknown)).toEqual([{ unknown: 3 }]);
});

it('measures latency', async () => {
  await inRequestScope(async () => {
    client.value('new-checkout', false);
    const start = performance.now();
    while (performance.now() - start < 20) await setImmediate();
  });
  await client.flush();
  const [gap = 0, count] = server.envelopes[0]?.rows[0]?.hist ?? [];
  expect(2 ** (gap / 16)).toBeGreaterThan(20);
  expect(count).toBe(1);
});

describe('given requests at the same time', () => {
  it('keeps them apart', async () => {
    const request = (i: number) =>
      inRequestScope(async () => {
        await setImmediate();
        client.value('split', false, { targetingKey: i % 2 === 0 ? 'a' : 'b' });
        for (let turns = i % 7; turns > 0; turns--) await setImmediate();
        client.value('new-checkout', false);
        if (i % 10 === 0) throw new Error('every tenth');
      });
    await Promise.allSettled(Array.from({ length: 1_000 }, (_, i) => request(i)));
    expect(await counted()).toEqual(['new-checkout on 1000 900 100', 'split off 500 500 0', 'split on 500 400 100']);
  });

  it('gives one within another its own outcome', async () => {
    await inRequestScope(async () => {
      client.value('split', false, { targetingKey: 'a' });
      const inner = inRequestScope(async () => {
        client.value('new-checkout', false);
        throw new Error('inner');
      });
      await inner.catch(() => {});
      client.value('split', false, { targetingKey: 'a' });
    });
    expect(await counted()).toEqual(['new-checkout on 1 0 1', 'split on 2 1 0']);
  });

  it('serves several clients', async () => {
    const other = createClient({ url: server.url, key: KEY, cache: false, logger: null });
    await other.ready();
    inRequestScope(() => [client, other].map((each) => each.value('text', 1)));
    await other.close();
    expect(await counted()).toEqual(['text undefined 2 2 0']);
  });
});
