import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogRetention } from '../../apps/server/src/changes/index.js';
import { SnapshotKeeper } from '../../apps/server/src/snapshots/index.js';
import { createClient } from '../../sdk/src/node/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';
const WRITES = 40;
const KEPT = 10;

let server: TestServer;

beforeEach(async () => {
  server = await aServer({ settings: { changeLogRevisions: KEPT, changeLogDays: 7 } });
  for (let i = 0; i < WRITES; i++) {
    const flag = { key: `f-${i}`, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
    expect((await api(server).post(FLAGS, flag)).status).toBe(201);
  }
});

afterEach(() => server.stop());

const prune = () => server.app.get(LogRetention, { strict: false }).prune();

const log = async () =>
  (
    await server.database.query<{ revision: number }>(
      "SELECT revision::int FROM change c JOIN environment e ON e.id = c.environment_id WHERE e.key = 'development' ORDER BY revision",
    )
  ).map(({ revision }) => revision);

/** Makes the log up to a revision older; the log itself does not allow that. */
const age = (revision: number, days: number) =>
  server.database.query(
    `SET session_replication_role = replica;
     UPDATE change SET written_at = written_at - interval '${days} days' WHERE revision <= ${revision};
     RESET session_replication_role`,
  );

const revisions = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

it('keeps all of the log that is young, and the last revisions however old', async () => {
  await prune();
  expect(await log()).toEqual(revisions(1, WRITES));
  await age(20, 8);
  await prune();
  expect(await log()).toEqual(revisions(21, WRITES));
  await age(WRITES, 8);
  await prune();
  expect(await log()).toEqual(revisions(WRITES - KEPT + 1, WRITES));
});

it('leaves no gap when the clock of the database was set back in between', async () => {
  await age(20, 8);
  await age(10, -9);
  await prune();
  expect(await log()).toEqual(revisions(1, WRITES));
});

it('keeps the audit whole', async () => {
  const count = () => server.database.query('SELECT count(*)::int AS n FROM audit_event');
  const before = await count();
  await age(WRITES, 8);
  await prune();
  expect(await count()).toEqual(before);
});

it('a client that is older than the log is given the snapshot', async () => {
  const ask = (since: number, at = server.url) =>
    fetch(`${at}/sdk/v1/changes?since=${since}`, { headers: { authorization: `Bearer ${server.serverKey}` } });
  const old = await (await fetch(`${server.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.serverKey}` } })).json();
  expect(
    (await api(server).post(FLAGS, { key: 'last', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' }))
      .status,
  ).toBe(201);
  await age(WRITES + 1, 8);
  await prune();
  const other = await aServer({ database: server.database });
  try {
    expect(await (await ask(WRITES - KEPT, other.url)).json()).toMatchObject({ status: 410, code: 'snapshot.changes_gone' });
    expect((await ask(WRITES - KEPT + 1, other.url)).status).toBe(200);
    const client = createClient({
      url: other.url,
      key: server.serverKey,
      cache: false,
      flushOnExit: false,
      logger: null,
      bootstrap: { ...old, revision: 5, flags: {}, segments: {}, checksum: 0 },
    });
    await expect.poll(() => client.revision, { timeout: 10_000 }).toBe(WRITES + 1);
    expect(client.details('f-0', true).reason).toBe('DISABLED');
    expect(other.app.get(SnapshotKeeper).isReady()).toBe(true);
    await client.close();
  } finally {
    await other.stop();
  }
});
