import { expect, it } from 'vitest';
import { writeQuery } from './dry-run.js';

it.each([
  [{}, { dryRun: false }],
  [{ dryRun: 'true' }, { dryRun: true }],
  [{ dryRun: '' }, { dryRun: true }],
  [
    { dryRun: 'false', reason: 'why' },
    { dryRun: false, reason: 'why' },
  ],
])('reads %j', (query, read) => {
  expect(writeQuery.parse(query)).toEqual(read);
});

it.each([{ dryrun: 'true' }, { dryRun: 'yes' }, { dryRun: ['true', 'false'] }, { reason: '' }])('refuses %j rather than save', (query) => {
  expect(writeQuery.safeParse(query).success).toBe(false);
});
