import { expect } from 'vitest';
import type { TestDatabase } from '../harness/a-database.js';

/** Waits until so many statements stand in line for a lock. */
export async function untilWaiting(database: TestDatabase, count: number): Promise<void> {
  const waiting = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await database.query<{ n: number }>(waiting))[0]?.n, { timeout: 10_000, interval: 10 }).toBe(count);
}
