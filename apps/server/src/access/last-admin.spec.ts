import { expect, it } from 'vitest';
import { isLastAdmin } from './last-admin.js';

const forEver = { id: 'for ever', expiresAt: null };
const short = { id: 'short', expiresAt: new Date('2030-01-01') };
const long = { id: 'long', expiresAt: new Date('2040-01-01') };

it.each([
  ['the only one', [forEver], 'for ever', true],
  ['one without an end, when the other ends', [forEver, long], 'for ever', true],
  ['one that ends, when the other does not', [forEver, long], 'long', false],
  ['one without an end, when another has none', [forEver, { ...forEver, id: 'other' }], 'for ever', false],
  ['the one that ends last', [short, long], 'long', true],
  ['one that ends before another', [short, long], 'short', false],
  ['one of two that end together', [long, { ...long, id: 'other' }], 'long', false],
  ['one that is no valid admin token', [forEver], 'another', false],
])('judges %s', (_, admins, id, expected) => {
  expect(isLastAdmin(admins, id)).toBe(expected);
});
