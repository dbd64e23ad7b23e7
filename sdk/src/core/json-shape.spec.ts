import { afterAll, expect, expectTypeOf, it } from 'vitest';
import { createClient } from '../node/index.js';
import type { TypedClient } from './typed.js';

interface Limits {
  readonly max: number;
  readonly note?: string;
  readonly nested: { readonly tags: readonly string[] } | null;
}

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}

const limits: Limits = { max: 5, nested: { tags: ['a'] } };
const client = createClient({ url: '', key: '', logger: null });

afterAll(() => client.close());

it('takes the default of an object flag from an interface, and answers with that type', () => {
  const tree: Tree = { name: 'root', children: [{ name: 'leaf', children: [] }] };
  const served = client.value('limits', limits);
  expectTypeOf(served).toEqualTypeOf<Limits>();
  expectTypeOf(client.details('tree', tree).value).toEqualTypeOf<Tree>();
  expectTypeOf(client.value('sizes', [1, 2])).toEqualTypeOf<number[]>();
  expectTypeOf(client.value('limits', { max: 5 })).toEqualTypeOf<{ max: number }>();
  expect([served, client.details('tree', tree).value]).toEqual([limits, tree]);
});

it('takes an interface for generated flags too', () => {
  const typed: TypedClient<{ readonly limits: Record<string, number>; readonly on: boolean }> = client;
  expectTypeOf(typed.value('limits', limits)).toEqualTypeOf<Limits>();
  // @ts-expect-error no object flag
  expect(typed.value('on', limits)).toBe(limits);
});

it('compiles with nothing that no flag can hold', () => {
  const when = new Date(0);
  const unclear: { readonly max: number | undefined } = { max: undefined };
  const given: unknown = {};
  // @ts-expect-error a date has methods
  expect(client.value('a', when)).toBe(when);
  // @ts-expect-error so has what holds one
  client.value('a', { when });
  // @ts-expect-error a function
  client.value('a', () => 1);
  // @ts-expect-error a map
  client.value('a', new Map([['a', 1]]));
  // @ts-expect-error a big number
  client.value('a', { n: 1n });
  // @ts-expect-error a member that may be undefined and is not optional
  client.value('a', unclear);
  // @ts-expect-error a list with a hole
  client.value('a', [1, undefined]);
  // @ts-expect-error nobody knows what
  expect(client.value('a', given)).toBe(given);
});
