import type { Flag } from '@ballast/evaluation';
import { checksumOf } from '@ballast/protocol';
import { expect, it } from 'vitest';
import { planEnvironment, type StoredEntry } from './environment-plan.js';

function aFlag(key: string, version: number, on = false): Flag {
  const variants = { on: true, off: false };
  return {
    key,
    version,
    type: 'boolean',
    state: on ? 'on' : 'off',
    variants,
    offVariant: 'off',
    prerequisites: [],
    rules: [],
    default: null,
    metadata: {},
  };
}

function change(server: Flag | null, client: Flag | null = null, key = server?.key ?? 'a') {
  return { kind: 'flag' as const, key, server, client };
}

const EMPTY = { server: 0, client: 0 };

/** What is stored after a first plan. */
async function storedAfter(...flags: Flag[]) {
  const plan = await planEnvironment(
    new Map(),
    flags.map((flag) => change(flag, flag)),
    EMPTY,
  );
  const entries = new Map<string, StoredEntry>();
  for (const write of plan?.writes ?? []) if (write.stored) entries.set(`${write.kind}:${write.key}`, write.stored);
  return { entries, checksums: plan?.checksums ?? EMPTY };
}

it('sends each view what it may see', async () => {
  const plan = await planEnvironment(new Map(), [change(aFlag('a', 1), aFlag('a', 1)), change(aFlag('b', 1))], EMPTY);
  expect(JSON.parse(plan?.server ?? '')).toEqual([
    { kind: 'flag', key: 'a', value: aFlag('a', 1) },
    { kind: 'flag', key: 'b', value: aFlag('b', 1) },
  ]);
  expect(JSON.parse(plan?.client ?? '')).toEqual([{ kind: 'flag', key: 'a', value: aFlag('a', 1) }]);
  expect(plan?.checksums).toEqual({
    server: checksumOf({ flags: { a: aFlag('a', 1), b: aFlag('b', 1) }, segments: {} }),
    client: checksumOf({ flags: { a: aFlag('a', 1) }, segments: {} }),
  });
});

it('makes no revision when nothing but the version differs', async () => {
  const { entries, checksums } = await storedAfter(aFlag('a', 1));
  expect(await planEnvironment(entries, [change(aFlag('a', 2), aFlag('a', 2))], checksums)).toBeNull();
});

it('makes no revision for removing what is not there', async () => {
  expect(await planEnvironment(new Map(), [change(null)], EMPTY)).toBeNull();
});

it('moves the chain on for a view that notices nothing', async () => {
  const { entries, checksums } = await storedAfter(aFlag('a', 1));
  const plan = await planEnvironment(entries, [change(aFlag('b', 2, true))], checksums);
  expect(plan?.client).toBe('[]');
  expect(plan?.checksums.client).toBe(checksums.client);
});

it('takes a flag away from the view that may no longer see it, and tells the other its new version', async () => {
  const { entries, checksums } = await storedAfter(aFlag('a', 1), aFlag('b', 1));
  const plan = await planEnvironment(entries, [change(aFlag('a', 2), null)], checksums);
  expect(JSON.parse(plan?.server ?? '')).toEqual([{ kind: 'flag', key: 'a', value: aFlag('a', 2) }]);
  expect(plan?.client).toBe('[{"kind":"flag","key":"a","value":null}]');
  expect(plan?.checksums).toEqual({
    server: checksumOf({ flags: { a: aFlag('a', 2), b: aFlag('b', 1) }, segments: {} }),
    client: checksumOf({ flags: { b: aFlag('b', 1) }, segments: {} }),
  });
  expect(plan?.writes).toMatchObject([{ kind: 'flag', key: 'a', stored: { server: JSON.stringify(aFlag('a', 2)), client: null } }]);
});

it('gives a flag that comes into a view the same version in both', async () => {
  const first = await planEnvironment(new Map(), [change(aFlag('a', 1))], EMPTY);
  const stored = first?.writes[0]?.stored;
  const plan = await planEnvironment(
    new Map(stored ? [['flag:a', stored]] : []),
    [change(aFlag('a', 2), aFlag('a', 2))],
    first?.checksums ?? EMPTY,
  );
  const sent = [{ kind: 'flag', key: 'a', value: aFlag('a', 2) }];
  expect([JSON.parse(plan?.server ?? ''), JSON.parse(plan?.client ?? '')]).toEqual([sent, sent]);
  const checksum = checksumOf({ flags: { a: aFlag('a', 2) }, segments: {} });
  expect(plan?.checksums).toEqual({ server: checksum, client: checksum });
});

it('does not send a view again what it holds to the letter', async () => {
  const first = await planEnvironment(new Map(), [change(aFlag('a', 1))], EMPTY);
  const stored = first?.writes[0]?.stored;
  const plan = await planEnvironment(
    new Map(stored ? [['flag:a', stored]] : []),
    [change(aFlag('a', 1), aFlag('a', 1))],
    first?.checksums ?? EMPTY,
  );
  expect(plan).toMatchObject({ server: '[]', checksums: { server: first?.checksums.server } });
  expect(JSON.parse(plan?.client ?? '')).toEqual([{ kind: 'flag', key: 'a', value: aFlag('a', 1) }]);
});

it('removes an archived flag from both views', async () => {
  const { entries, checksums } = await storedAfter(aFlag('a', 1));
  const plan = await planEnvironment(entries, [change(null)], checksums);
  expect(plan).toEqual({
    writes: [{ kind: 'flag', key: 'a', stored: null }],
    server: '[{"kind":"flag","key":"a","value":null}]',
    client: '[{"kind":"flag","key":"a","value":null}]',
    checksums: EMPTY,
  });
});

it('lets the last change of a key win', async () => {
  const plan = await planEnvironment(new Map(), [change(aFlag('a', 1)), change(aFlag('a', 1, true))], EMPTY);
  expect(JSON.parse(plan?.server ?? '')).toEqual([{ kind: 'flag', key: 'a', value: aFlag('a', 1, true) }]);
  expect(plan?.checksums.server).toBe(checksumOf({ flags: { a: aFlag('a', 1, true) }, segments: {} }));
});

it('holds a flag whose key and variant are named like a prototype', async () => {
  const flag = { ...aFlag('__proto__', 1), variants: JSON.parse('{"__proto__":true,"off":false}') };
  const plan = await planEnvironment(new Map(), [change(flag)], EMPTY);
  const entries = new Map(
    plan?.writes
      .map((write) => [`${write.kind}:${write.key}`, write.stored])
      .filter((pair): pair is [string, StoredEntry] => pair[1] !== null),
  );
  expect(plan?.server).toContain('"variants":{"__proto__":true,"off":false}');
  expect(await planEnvironment(entries, [change({ ...flag, version: 2 })], plan?.checksums ?? EMPTY)).toBeNull();
});

it('lets others have their turn while it compares very many entries', async () => {
  const many = Array.from({ length: 5_000 }, (_, at) => change(aFlag(`flag-${at}`, 1)));
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const plan = await planEnvironment(new Map(), many, EMPTY);
  isDone = true;
  expect(plan?.writes).toHaveLength(5_000);
  expect(turns).toBeGreaterThanOrEqual(4);
});
