import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageQuery } from './pagination.js';

const query = z.strictObject(pageQuery);

it('gives back what a cursor was made of', () => {
  const part = fc.oneof(
    fc.integer(),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const cursor = encodeCursor(parts);
      expect(decodeCursor(cursor)).toEqual(parts);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]*$/);
    }),
  );
});

it.each(['', '!', 'e30', 'bnVsbA', 'WyIAIl0', 'W251bGxd', 'gICA', encodeCursor([1, 2, 3, 4, 5, 6, 7, 8, 9])])(
  'refuses the cursor %j',
  (cursor) => {
    expect(decodeCursor(cursor)).toBeNull();
  },
);

it.each([
  [{}, { limit: 50 }],
  [
    { limit: '200', cursor: 'x' },
    { limit: 200, cursor: 'x' },
  ],
])('reads the query %j', (given, read) => {
  expect(query.parse(given)).toEqual(read);
});

it.each([{ limit: '0' }, { limit: '201' }, { limit: 'x' }, { limit: '1.5' }, { cursor: '' }, { page: '2' }])(
  'refuses the query %j',
  (given) => {
    expect(query.safeParse(given).success).toBe(false);
  },
);
