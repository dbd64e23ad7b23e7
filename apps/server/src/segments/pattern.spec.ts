import { expect, it } from 'vitest';
import { patternProblem } from './pattern.js';

const good = [
  '^user-\\d+$',
  '@example\\.com$',
  '^[^@]+@example\\.com$',
  '^[^@]+@[^@]+\\.com$',
  '^[\\w.+\\-]+@[\\w\\-]+\\.[\\w.]+$',
  '.*foo.*',
  '^.*foo$',
  'iPhone|iPad|iPod',
  '^de(?:-[A-Z]{2})?$',
  '^(alpha|beta)-[a-z0-9]{3,10}$',
  '^v?\\d+\\.\\d+\\.\\d+$',
  '^(?:[a-z]+\\.)*example\\.com$',
  '^10\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}$',
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  '^[A-Z]{2}\\d{6}$',
  '^\\p{L}+$',
  '\\bbeta\\b',
  'Mozilla/5\\.0 .*Chrome/(9[0-9]|1[0-9]{2})',
  '^\\+?[1-9]\\d{1,14}$',
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '^(\\d+)-(\\d+)$',
  '^(a|b|c)+$',
  '^.{1,20}$',
  '[(?=]',
  '',
  '日本|中国',
  '^\\\\1$',
];

const bad: readonly (readonly [string, RegExp])[] = [
  ['^\\d+\\d+\\d+x$', /run for ever/],
  ['a*a*a*a*b', /run for ever/],
  ['^(a+)+$', /run for ever/],
  ['(a|a)*$', /run for ever/],
  ['(a|aa)+$', /run for ever/],
  ['^(\\w+\\s?)*$', /run for ever/],
  ['(?:\\d+\\s*)+$', /run for ever/],
  ['(x+x+)+y', /run for ever/],
  ['^(.+)+@', /run for ever/],
  ['(.*){10}x', /run for ever/],
  ['^.+@.+\\.com$', /run for ever/],
  ['(\\w|\\d)+!', /run for ever/],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', /run for ever/],
  ['[a-z]{1,100}[a-z]{1,100}[a-z]{1,100}!', /run for ever/],
  ['((((a?){10}){10}){10}){10}', /run for ever/],
  [`${'a?'.repeat(25)}${'a'.repeat(25)}`, /run for ever/],
  [`${'a?'.repeat(50)}${'a'.repeat(50)}`, /run for ever/],
  [`${'('.repeat(80)}a${')*'.repeat(80)}`, /run for ever/],
  [`${'(a|b|c|d)*'.repeat(20)}!`, /run for ever/],
  ['(((((((((((a*)*)*)*)*)*)*)*)*)*)*)*', /run for ever/],
  ['^(?=.*a)(?=.*b).*$', /look-around/],
  ['(?!admin)', /look-around/],
  ['(?<=a)b', /look-around/],
  ['(?<!a)b', /look-around/],
  ['(a)\\1', /back-reference/],
  ['(?<year>\\d{4})\\k<year>', /named groups/],
  ['(?<year>\\d{4})', /named groups/],
  ['(unclosed', /not a regular expression/],
  ['[z-a]', /not a regular expression/],
  ['a{2,1}', /not a regular expression/],
  ['a\\', /not a regular expression/],
  ['x{1000000}', /more than 250 times/],
  ['a{0,2147483647}b', /more than 250 times/],
  ['a'.repeat(257), /patternLength/],
];

it.each(good)('accepts %s', (pattern) => {
  expect(patternProblem(pattern, false)).toBeNull();
});

it.each(bad)('refuses %s', (pattern, reason) => {
  expect(patternProblem(pattern, false)).toMatch(reason);
});

it('sees two parts that match the same characters only when case is ignored', () => {
  expect(patternProblem('^(?:a*A*)*$', true)).toMatch(/run for ever/);
  expect(patternProblem('^[a]+[A]+[a]+x$', false)).toBeNull();
  expect(patternProblem('^[a]+[A]+[a]+x$', true)).toMatch(/run for ever/);
});

it('accepts what is safe with and without case, and refuses Unicode classes when case is ignored', () => {
  expect(patternProblem('^iphone|ipad$', true)).toBeNull();
  expect(patternProblem('^\\p{Lu}+$', true)).toMatch(/ignoreCase/);
});

it('answers the same when it is asked again', () => {
  expect(patternProblem('(a|b|ab)*c', false)).toBe(patternProblem('(a|b|ab)*c', false));
});
