import { expect, it } from 'vitest';
import { parseIfMatch } from './if-match.js';

it.each([
  ['"7"', ['7']],
  ['W/"7"', ['7']],
  ['"6", "7"', ['6', '7']],
  [' * ', 'any'],
  ['7', null],
  ['"7', null],
  ['"6", 7', null],
  ['', null],
])('reads %j as %j', (header, expected) => {
  expect(parseIfMatch(header)).toEqual(expected);
});
