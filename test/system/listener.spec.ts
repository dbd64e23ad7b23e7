import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Listener } from '../../apps/server/src/database/index.js';
import { readSettings } from '../../apps/server/src/settings/index.js';
import { aProxy } from '../harness/a-proxy.js';
import { aDatabase, type TestDatabase } from '../harness/index.js';

let database: TestDatabase;
let listener: Listener;
beforeAll(async () => {
  database = await aDatabase();
  listener = new Listener(readSettings({ DATABASE_URL: database.url }));
});
afterAll(async () => {
  await listener.onApplicationShutdown();
  await database.drop();
});

const notify = (channel: string, payload: string) => database.query('select pg_notify($1, $2)', [channel, payload]);
const CUT =
  "select count(pg_terminate_backend(pid))::int as cut from pg_stat_activity where application_name = 'ballast-listener' and datname = current_database()";

it('passes payloads to everybody who listens to their channel', async () => {
  const first = vi.fn();
  const second = vi.fn();
  const other = vi.fn();
  const stopFirst = await listener.listen('news', first);
  await listener.listen('news', second);
  await listener.listen('Other channel', other);
  await notify('news', 'one');
  await notify('Other channel', 'two');
  await vi.waitFor(() => expect(other).toHaveBeenCalledExactlyOnceWith('two'));
  await stopFirst();
  await notify('news', 'three');
  await vi.waitFor(() => expect(second.mock.calls).toEqual([['one'], ['three']]));
  expect(first.mock.calls).toEqual([['one']]);
});

it('connects again when it is cut off, and says that something may have been missed', async () => {
  const heard = vi.fn();
  const reconnected = vi.fn();
  await listener.listen('changes', heard, reconnected);
  expect(await database.query(CUT)).toEqual([{ cut: 1 }]);
  await vi.waitFor(() => expect(reconnected).toHaveBeenCalledOnce(), { timeout: 5_000 });
  await notify('changes', 'after');
  await vi.waitFor(() => expect(heard).toHaveBeenCalledExactlyOnceWith('after'));
});

it('finds out that its connection is dead though nobody says so, and connects again', async () => {
  const through = new URL(database.url);
  const proxy = await aProxy(database.url);
  through.port = String(proxy.port);
  const behind = new Listener(readSettings({ DATABASE_URL: through.href }));
  try {
    const heard = vi.fn();
    const reconnected = vi.fn();
    await behind.listen('silent', heard, reconnected);
    expect(proxy.behave('swallow', ({ opening }) => opening.includes('ballast-listener'))).toBe(1);
    await notify('silent', 'lost');
    await vi.waitFor(() => expect(reconnected).toHaveBeenCalledOnce(), { timeout: 10_000 });
    await notify('silent', 'after');
    await vi.waitFor(() => expect(heard).toHaveBeenCalledExactlyOnceWith('after'));
  } finally {
    await behind.onApplicationShutdown();
    await proxy.stop();
  }
});
