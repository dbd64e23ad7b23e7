import { expect, it } from 'vitest';
import { anyKey, newKey, placeKey } from './keys.js';

const GOOD_FOR_ALL = ['a', 'new-checkout', 'v2', 'x'.repeat(63)];
const GOOD_FOR_NEW = ['New_Checkout.v2', 'x'.repeat(255), '__proto__', 'constructor', '-', '...'];
const GOOD_FOR_ANY = ['🙂', 'ключ', 'a key', 'a/b', ' ', '😀'.repeat(127)];
const BAD = ['', 'a\0b', '\ud800', 'a\udc00', 'x'.repeat(256), '😀'.repeat(128), 7, null];

it('takes any Unicode for a key that an import brings', () => {
  expect([...GOOD_FOR_ALL, ...GOOD_FOR_NEW, ...GOOD_FOR_ANY].filter((key) => !anyKey.safeParse(key).success)).toEqual([]);
  expect(BAD.filter((key) => anyKey.safeParse(key).success)).toEqual([]);
});

it('takes plain characters for a new key', () => {
  expect([...GOOD_FOR_ALL, ...GOOD_FOR_NEW].filter((key) => !newKey.safeParse(key).success)).toEqual([]);
  expect([...GOOD_FOR_ANY, ...BAD].filter((key) => newKey.safeParse(key).success)).toEqual([]);
});

it('takes lower-case words for projects and environments', () => {
  expect(GOOD_FOR_ALL.filter((key) => !placeKey.safeParse(key).success)).toEqual([]);
  expect(['-a', 'a-', 'A', 'a_b', 'x'.repeat(64), ...GOOD_FOR_ANY, ...BAD].filter((key) => placeKey.safeParse(key).success)).toEqual([]);
});
