import { expect, it } from 'vitest';
import { byName, wholePage } from './pages.js';

const list = (...names: string[]) => names.map((instance, i) => ({ instance, keyId: String(i) }));
const page = (limit: number, ...names: string[]) =>
  wholePage(list(...names), limit)
    .map(({ instance }) => instance)
    .join('');

it('takes the first so many', () => {
  expect([page(2, 'a', 'b', 'c'), page(3, 'a', 'b', 'c'), page(9, 'a'), page(0, 'a')]).toEqual(['ab', 'abc', 'a', '']);
});

it('leaves all of one name on one page', () => {
  expect([page(2, 'a', 'b', 'b'), page(2, 'b', 'b', 'b', 'c'), page(1, 'a', 'a', 'b')]).toEqual(['a', 'bbb', 'aa']);
});

it('orders by name and then by key', () => {
  expect([...list('b', 'a'), ...list('a')].sort(byName).map(({ instance, keyId }) => instance + keyId)).toEqual(['a0', 'a1', 'b0']);
});
