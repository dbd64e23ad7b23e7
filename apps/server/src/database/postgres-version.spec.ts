import { expect, it } from 'vitest';
import { complaintAbout } from './postgres-version.js';

it('PostgreSQL 15 is refused in words, 16 and newer are not', () => {
  expect(complaintAbout(150_018)).toBe('The database is PostgreSQL 15; Ballast needs 16 or newer.');
  expect([160_000, 160_004, 180_001].map(complaintAbout)).toEqual([null, null, null]);
});
