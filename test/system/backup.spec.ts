import { chmod, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Client, createClient } from '@ballast/sdk';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TestClient } from '../../libs/streaming/test/client.js';
import { aProxy, type TcpProxy } from '../harness/a-proxy.js';
import { aServerProcess, type ProcessOptions, type ServerProcess } from '../harness/a-server-process.js';
import { aDatabase, api, SECRETS, type TestDatabase } from '../harness/index.js';
import { runScript } from '../harness/run-script.js';

const FLAGS = '/api/v1/projects/default/flags';
const CHECKOUT = `${FLAGS}/checkout/environments/development`;
/** How far above the backup a restored environment goes on. */
const ABOVE = 1_000_000;
const TIMEOUT_MS = 150_000;
/** A client that was refused for a while comes back more slowly. */
const PATIENCE = { timeout: 60_000, interval: 20 };

let folder: string;
let file: string;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ballast-backup-'));
  // PostgreSQL's user must be able to enter it.
  await chmod(folder, 0o755);
  file = join(folder, 'backup.sql.gz');
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
});

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

async function database(options: { template?: string } = {}): Promise<TestDatabase> {
  const made = await aDatabase(options);
  cleanups.push(() => made.drop());
  return made;
}

async function server(options: ProcessOptions): Promise<ServerProcess> {
  const made = await aServerProcess(options);
  cleanups.push(() => made.remove());
  return made;
}

const adminOf = (url: string) => api({ url, adminToken: SECRETS.adminToken });

/** A flag `checkout` that serves `true`, and one revision for each other key. */
async function fill(url: string, ...keys: readonly string[]): Promise<void> {
  const admin = adminOf(url);
  for (const key of ['checkout', ...keys]) {
    const flag = { key, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop' };
    expect((await admin.post(FLAGS, flag)).status).toBe(201);
  }
  expect((await admin.put(CHECKOUT, { on: true, default: { variant: 'on' } })).status).toBe(200);
}

const snapshotOf = async (url: string, key: string = SECRETS.serverKey) => {
  const answer = await fetch(`${url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  return answer.json();
};

function client(url: string): Client {
  const made = createClient({ url, key: SECRETS.serverKey, cache: false, logger: null });
  cleanups.push(() => made.close());
  return made;
}

/** A batch of counts that whoever sent it did not see acknowledged. */
function batch(seq: number, at: number) {
  const row = { flag: 'other', version: 1, variant: 'on', reason: 'SPLIT', t0: at - (at % 10_000), exposures: 7, ok: 0, err: 0 };
  return { v: 1, instance: 'a-sender', seq, sentAt: at, rows: [row], unknown: {}, dropped: 0 };
}

const exposures = (from: TestDatabase) => from.query("SELECT sum(exposures)::int AS n FROM counted WHERE flag = 'other'");

/** A server whose database was backed up, went on, and was lost; the clients come by the proxy. */
async function aLostDatabase(): Promise<{
  readonly line: TcpProxy;
  readonly before: ReturnType<typeof JSON.parse>;
  readonly sent: object;
}> {
  const lost = await database();
  const first = await server({ databaseUrl: lost.url });
  const line = await aProxy(first.url);
  cleanups.push(() => line.stop());
  await fill(first.url, 'other');
  const sent = batch(0, Date.now());
  const telemetry = (body: object) => api({ url: first.url, adminToken: SECRETS.serverKey }).post('/sdk/v1/telemetry', body);
  await vi.waitFor(async () => expect((await telemetry(sent)).status).toBe(200), PATIENCE);
  await vi.waitFor(async () => expect(await exposures(lost)).toEqual([{ n: 7 }]), PATIENCE);
  const before = await snapshotOf(first.url);
  const { code, report, problem } = await runScript('scripts/backup.mjs', [file], { DATABASE_URL: lost.url });
  expect(code, problem).toBe(0);
  expect(report.environments).toContainEqual({ name: 'default/development', revision: before.revision, checksum: before.checksum });
  expect((await adminOf(first.url).post(`${CHECKOUT}/kill`, { reason: 'after the backup' })).status).toBe(200);
  expect(
    (
      await adminOf(first.url).post(FLAGS, {
        key: 'late',
        kind: 'permission',
        type: 'boolean',
        variants: { on: true, off: false },
        owner: 'team',
      })
    ).status,
  ).toBe(201);
  return { line, before, sent };
}

it('a database that was lost comes back as it was, and clients that know more than it does follow', { timeout: TIMEOUT_MS }, async () => {
  const { line, before, sent } = await aLostDatabase();
  const ahead = client(line.url);
  await vi.waitFor(() => expect([ahead.revision, ahead.value('checkout', true)]).toEqual([before.revision + 2, false]), PATIENCE);
  const restored = await database({ template: 'template0' });
  expect(await runScript('scripts/restore.mjs', [file], { DATABASE_URL: restored.url })).toMatchObject({ code: 0 });
  const inspected = await runScript('scripts/backup-drill.mjs', ['--restored', restored.url], {});
  expect(inspected.report.environments).toContainEqual({
    name: 'default/development',
    revision: before.revision + ABOVE,
    checksum: before.checksum,
    flags: 2,
  });
  const second = await server({ databaseUrl: restored.url });

  expect(await snapshotOf(second.url)).toEqual({ ...before, revision: before.revision + ABOVE });
  expect((await snapshotOf(second.url, SECRETS.clientKey)).flags).toEqual({});

  line.leadTo([second.url]);
  line.cut();
  await vi.waitFor(() => expect([ahead.revision, ahead.value('checkout', false)]).toEqual([before.revision + ABOVE, true]), PATIENCE);
  for (const since of [before.revision - 1, before.revision, before.revision + 1, before.revision + 2]) {
    const stream = new TestClient(line.url, { key: SECRETS.serverKey, instance: `since-${since}`, sdk: 'test/1', since });
    cleanups.push(() => stream.socket.disconnect());
    expect(await stream.saw('reset')).toEqual({ revision: before.revision + ABOVE, checksum: before.checksum });
  }

  const telemetry = (body: object) => api({ url: second.url, adminToken: SECRETS.serverKey }).post('/sdk/v1/telemetry', body);
  expect((await telemetry(sent)).body).toMatchObject({ duplicate: true });
  await telemetry(batch(1, Date.now()));
  await vi.waitFor(async () => expect(await exposures(restored)).toEqual([{ n: 14 }]), PATIENCE);

  expect((await adminOf(second.url).post(`${CHECKOUT}/kill`, { reason: 'and on' })).body.revision).toBe(before.revision + ABOVE + 1);
  await vi.waitFor(() => expect(ahead.value('checkout', true)).toBe(false), PATIENCE);
});

it('the drill restores a backup beside the database, looks at it with a server, and leaves nothing', { timeout: TIMEOUT_MS }, async () => {
  const live = await database();
  const { url } = await server({ databaseUrl: live.url });
  await fill(url, 'other');
  await live.query('UPDATE flag SET description = $1', ['two\nlines, a tab\t, \\. and \\N and \u2028 and \u{1f6a9}\r\n']);
  // Older than any partition that the migrations make.
  await live.query("SELECT ensure_rollup_partitions('2020-02-03T04:00:00Z', '2020-02-03T05:00:00Z')");
  await live.query(
    `WITH series AS (
       INSERT INTO telemetry_series (environment_id, flag, version, variant, reason, stage, trust, seen_at)
       SELECT id, 'other', 1, 'on', 'SPLIT', '', 'server', now() FROM environment RETURNING id
     ) INSERT INTO rollup_hour (slot, series, exposures, ok, err, slow, hist)
     SELECT '2020-02-03T04:00:00Z', id, 9, 0, 0, array[(5::bigint << 40) | 1], array[(1::bigint << 40) | 3, (2::bigint << 40) | 4] FROM series`,
  );
  const { revision, checksum } = await snapshotOf(url);
  const { code, report, problem } = await runScript('scripts/backup-drill.mjs', [], { DATABASE_URL: live.url });
  expect(code, problem).toBe(0);
  const environments = [
    { name: 'default/development', revision: revision + ABOVE, checksum, flags: 2 },
    { name: 'default/production', revision: expect.any(Number), checksum: expect.any(Number), flags: 2 },
  ];
  expect(report).toMatchObject({
    rows: { flag: 2, telemetry_series: 2, rollup_hour: 2, revision: 2 },
    environments,
    seconds: { backup: expect.any(Number), restore: expect.any(Number), server: expect.any(Number) },
  });
  expect(await live.query("SELECT datname FROM pg_database WHERE datname LIKE 'ballast_drill_%'")).toEqual([]);
  expect(await snapshotOf(url)).toMatchObject({ revision, checksum });
  process.stderr.write(`backup drill: ${JSON.stringify(report.seconds)} s\n`);
});

it('a backup that is cut off, or goes into a database that is in use, changes nothing', { timeout: TIMEOUT_MS }, async () => {
  const live = await database();
  const { url } = await server({ databaseUrl: live.url });
  await fill(url);
  expect(await runScript('scripts/backup.mjs', [file], { DATABASE_URL: live.url })).toMatchObject({ code: 0 });
  const used = await runScript('scripts/restore.mjs', [file], { DATABASE_URL: live.url });
  expect(used).toMatchObject({ code: 1, problem: expect.stringContaining('The database is not empty') });
  await truncate(file, (await stat(file)).size - 100);
  const empty = await database({ template: 'template0' });
  expect(await runScript('scripts/restore.mjs', [file], { DATABASE_URL: empty.url })).toMatchObject({ code: 1 });
  expect(await empty.query('SELECT count(*)::int AS n FROM flag')).toEqual([{ n: 0 }]);
  expect(await runScript('scripts/backup-drill.mjs', ['--from', file], { DATABASE_URL: live.url })).toMatchObject({ code: 1 });
  expect(await live.query("SELECT datname FROM pg_database WHERE datname LIKE 'ballast_drill_%'")).toEqual([]);
});

it('a backup that was tampered with, or is of a newer release, is refused', { timeout: TIMEOUT_MS }, async () => {
  const live = await database();
  const { url } = await server({ databaseUrl: live.url });
  await fill(url, 'other');
  expect(await runScript('scripts/backup.mjs', [file], { DATABASE_URL: live.url })).toMatchObject({ code: 0 });
  const text = gunzipSync(await readFile(file)).toString();
  const refusalOf = async (changed: string) => {
    expect(changed).not.toBe(text);
    await writeFile(file, gzipSync(changed));
    const empty = await database({ template: 'template0' });
    const { code, problem } = await runScript('scripts/restore.mjs', [file], { DATABASE_URL: empty.url });
    expect(code).toBe(1);
    return problem;
  };
  expect(await refusalOf(text.replaceAll('team-shop', 'team-chop'))).toContain('The table audit_event is not what was backed up');
  expect(await refusalOf(text.replace('"migrations":[', '"migrations":["20991231000000_later",'))).toContain(
    'The backup is of a newer release',
  );
  expect(await refusalOf(`-- no backup\n${text}`)).toContain('is no backup that this release can read');
});

it('the embedded database is backed up while its server runs, and restored into another folder', { timeout: TIMEOUT_MS }, async () => {
  const dataDir = (name: string) => ({ BALLAST_DATA_DIR: join(folder, name) });
  const first = await server({ databaseUrl: '', env: dataDir('first') });
  await fill(first.url);
  const before = await snapshotOf(first.url);
  const { code, problem } = await runScript('scripts/backup.mjs', [file], dataDir('first'));
  expect(code, problem).toBe(0);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await first.stop()).toBe(0);
  expect(await runScript('scripts/restore.mjs', [file], dataDir('second'))).toMatchObject({ code: 0 });
  const second = await server({ databaseUrl: '', env: dataDir('second') });
  expect(await snapshotOf(second.url)).toEqual({ ...before, revision: before.revision + ABOVE });
  expect(await runScript('scripts/backup-drill.mjs', [], dataDir('second'))).toMatchObject({ code: 0 });
});
