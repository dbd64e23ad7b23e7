import { expect, it } from 'vitest';
import { anyKey, moment, newKey, placeKey } from './keys.js';

const GOOD_FOR_ALL = ['a', 'new-checkout', 'v2', 'x'.repeat(63)];
const GOOD_FOR_NEW = ['New_Checkout.v2', 'x'.repeat(255), '__proto__', 'constructor', '-', '...'];
const GOOD_FOR_ANY = ['🙂', 'ключ', 'a key', 'a/b', ' ', '😀'.repeat(127)];
const BAD = ['', '.', '..', 'a\0b', '\ud800', 'a\udc00', 'x'.repeat(256), '😀'.repeat(128), 7, null];

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

it('takes moments that the database can hold, whatever their offset makes of them', () => {
  const good = ['2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-01-01T00:00:00+23:59'];
  const bad = ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-00:01', '2026-02-30T00:00:00Z', '2026-01-01'];
  expect(good.filter((text) => !moment.safeParse(text).success)).toEqual([]);
  expect(bad.filter((text) => moment.safeParse(text).success)).toEqual([]);
});
