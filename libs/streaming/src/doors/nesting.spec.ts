import { expect, it } from 'vitest';
import { nestingOf } from './nesting.js';

it.each([
  ['1', 0],
  ['{}', 1],
  ['[[],[[]]]', 3],
  ['{"a":[{"b":1}]}', 3],
  ['{"[[[":"{{{\\"[["}', 1],
  ['"\\\\"', 0],
])('counts how deep %s goes', (text, depth) => {
  expect(nestingOf(text, 64)).toBe(depth);
});

it('stops counting just above the limit', () => {
  expect(nestingOf('['.repeat(1_000_000), 64)).toBe(65);
});
