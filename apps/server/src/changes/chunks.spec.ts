import { expect, it } from 'vitest';
import { inChunks } from './chunks.js';

it.each([
  [[], []],
  [[1], [[1]]],
  [
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    [1, 2, 3],
    [[1, 2], [3]],
  ],
])('cuts %j', (items, chunks) => {
  expect(inChunks<number>(items, 2)).toEqual(chunks);
});
