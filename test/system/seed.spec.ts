import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { serverLog } from '../../apps/server/src/log.js';
import { readSettings } from '../../apps/server/src/settings/index.js';
import { startServer } from '../../apps/server/src/start.js';
import { aDatabase, api, type TestDatabase } from '../harness/index.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function anEmptyDatabase(): Promise<TestDatabase> {
  const database = await aDatabase({ template: 'template0' });
  cleanups.push(() => database.drop());
  return database;
}

async function start(database: TestDatabase, env: Readonly<Record<string, string>> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-seed-'));
  cleanups.push(() => rm(dataDir, { recursive: true }));
  const settings = readSettings({ PORT: '0', DATABASE_URL: database.url, BALLAST_DATA_DIR: dataDir, ...env });
  const server = await startServer(settings, { log: serverLog('fatal') });
  cleanups.push(() => server.stop());
  return { ...server, dataDir };
}

const CENSUS = `select (select count(*)::int from project) as projects, (select count(*)::int from environment) as environments,
  (select count(*)::int from sdk_key) as keys, (select count(*)::int from api_token) as tokens`;

it('is done once when two servers start together on an empty database', async () => {
  const database = await anEmptyDatabase();
  const servers = await Promise.all([start(database), start(database)]);
  expect(await database.query(CENSUS)).toEqual([{ projects: 1, environments: 2, keys: 4, tokens: 1 }]);
  expect(servers.map(({ credentials }) => credentials.isFirst).sort()).toEqual([false, true]);
  const first = servers.find(({ credentials }) => credentials.isFirst);
  const adminToken = first?.credentials.secrets?.adminToken ?? '';
  for (const { url } of servers) expect((await api({ url, adminToken }).get('/api/v1/projects')).status).toBe(200);
});

it('keeps no secret in the database', async () => {
  const database = await anEmptyDatabase();
  const { dataDir } = await start(database);
  const { adminToken } = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'));
  const rows = await database.query('select * from api_token');
  expect(JSON.stringify(rows)).not.toContain(adminToken);
  expect(rows).toHaveLength(1);
});

it('lets fixed secrets into a database that has others already', async () => {
  const database = await anEmptyDatabase();
  await start(database);
  const fixed = { BALLAST_ADMIN_TOKEN: 'a-fixed-admin-token', BALLAST_SERVER_KEY: 'a-fixed-server-key' };
  const { url } = await start(database, fixed);
  expect((await api({ url, adminToken: fixed.BALLAST_ADMIN_TOKEN }).get('/api/v1/tokens')).status).toBe(200);
  const snapshot = await api({ url, adminToken: fixed.BALLAST_SERVER_KEY }).get('/sdk/v1/snapshot');
  expect(snapshot.body).toMatchObject({ environment: 'default/development' });
});

it('lets a fixed token in that takes over from another', async () => {
  const database = await anEmptyDatabase();
  await start(database);
  const tokens = ['first-fixed-admin-token', 'second-fixed-admin-token', 'third-fixed-admin-token'];
  const servers = [];
  for (const adminToken of tokens) servers.push(await start(database, { BALLAST_ADMIN_TOKEN: adminToken }));
  await start(database, { BALLAST_ADMIN_TOKEN: 'third-fixed-admin-token' });
  for (const [at, adminToken] of tokens.entries()) {
    const { status } = await api({ url: servers[at]?.url ?? '', adminToken }).get('/api/v1/tokens');
    expect(status).toBe(200);
  }
  expect(await database.query('select name from api_token order by name')).toEqual(
    ['admin', 'fixed admin', 'fixed admin 2', 'fixed admin 3'].map((name) => ({ name })),
  );
});
