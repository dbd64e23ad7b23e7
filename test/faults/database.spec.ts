import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { aPostgres } from '../harness/a-postgres.js';
import { aWorld, isLong, tell } from './a-world.js';

const AWAY_MS = isLong ? 60_000 : 5_000;

it.each(['stop', 'crash'] as const)(`PostgreSQL is away for some seconds under writes and streams: %s`, async (manner) => {
  const postgres = await aPostgres();
  const world = await aWorld({ database: postgres, servers: 2 });
  try {
    const crowd = await world.aCrowd(50);
    const book = world.aBook();
    const writing = book.write(Number.POSITIVE_INFINITY);
    await book.reached(100);
    await postgres[manner]();
    const before = book.counts;
    await delay(AWAY_MS);
    const { statuses } = await crowd.report();
    expect(statuses).toEqual({ ready: 50 });
    expect(book.counts.acknowledged - before.acknowledged).toBeLessThanOrEqual(8);
    await postgres.start();
    await book.reached(before.acknowledged + 100);
    book.enough();
    await writing;
    tell(`PostgreSQL away: ${manner}`, await world.closing(book));
  } finally {
    await world.end();
  }
});
