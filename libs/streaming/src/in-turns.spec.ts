import { expect, it } from 'vitest';
import { inTurns } from './in-turns.js';

const of = (keyId: string, name: number) => ({ keyId, name });

it('one of each key comes first, then another of each, each in the order it came', () => {
  const many = [of('public', 1), of('public', 2), of('public', 3), of('server', 4), of('server', 5)];
  expect(inTurns(many).map(({ name }) => name)).toEqual([1, 4, 2, 5, 3]);
});

it('nothing is lost or made up', () => {
  expect(inTurns([])).toEqual([]);
  expect(inTurns([of('a', 1)])).toEqual([of('a', 1)]);
});
