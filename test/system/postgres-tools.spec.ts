import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, type TestContext } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { aDatabase, api, aServer, type TestServer } from '../harness/index.js';
import { textOf } from '../harness/manifests.js';

const root = join(import.meta.dirname, '../..');
const FLAG = { key: 'checkout', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop' };
const job = z.object({
  kind: z.literal('CronJob'),
  spec: z.object({
    jobTemplate: z.object({
      spec: z.object({
        template: z.object({
          spec: z.object({ containers: z.array(z.object({ command: z.array(z.string()), args: z.array(z.string()) })).length(1) }),
        }),
      }),
    }),
  }),
});
const cleanups: (() => unknown)[] = [];
let server: TestServer;
let folder: string;

beforeEach(async () => {
  server = await aServer();
  cleanups.push(() => server.stop());
  expect((await api(server).post('/api/v1/projects/default/flags', FLAG)).status).toBe(201);
  folder = await mkdtemp(join(tmpdir(), 'ballast-tools-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Steps aside where the tool is missing, or older than the server that it would read. */
async function need(context: TestContext, tool: string, atLeast = 0): Promise<void> {
  const { stdout, error } = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) context.skip(`${tool} of PostgreSQL is not installed`);
  const major = Number(/\) (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
  if (major < atLeast) context.skip(`${tool} is of PostgreSQL ${major}, the server of ${atLeast}`);
}

async function majorOfServer(): Promise<number> {
  const [row] = await server.database.query<{ n: string }>("SELECT current_setting('server_version_num') AS n");
  return Math.floor(Number(row?.n) / 10_000);
}

/** The line of docs/operations.md that begins like this. */
async function line(begin: string): Promise<string> {
  const found = (await textOf('docs/operations.md')).split('\n').find((each) => each.startsWith(begin));
  expect(found, begin).toBeDefined();
  return String(found);
}

function shell(script: string, env: Readonly<Record<string, string>>): void {
  const { status, stderr } = spawnSync('sh', ['-euc', script], { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
  expect([status, stderr], script).toEqual([0, expect.any(String)]);
}

const revisions = async (query: TestServer['database']['query']) =>
  (await query<{ current: string }>('SELECT current::text FROM revision ORDER BY environment_id')).map(({ current }) => Number(current));

it('the documented psql line raises the revisions of a restored database', { timeout: 60_000 }, async (context) => {
  await need(context, 'psql');
  const before = await revisions(server.database.query);
  shell(await line('psql '), { NEW_DATABASE_URL: server.database.url });
  expect(await revisions(server.database.query)).toEqual(before.map((each) => each + 1_000_000));
  expect(before.length).toBeGreaterThan(0);
});

it('the documented pg_dump and pg_restore lines copy a database', { timeout: 60_000 }, async (context) => {
  for (const tool of ['pg_dump', 'pg_restore']) await need(context, tool, await majorOfServer());
  const copy = await aDatabase({ template: 'template0' });
  cleanups.push(() => copy.drop());
  const dump = join(folder, 'ballast.dump');
  for (const begin of ['pg_dump ', 'pg_restore '])
    shell((await line(begin)).replaceAll('ballast.dump', dump), { DATABASE_URL: server.database.url, NEW_DATABASE_URL: copy.url });
  expect(await revisions(copy.query)).toEqual(await revisions(server.database.query));
  expect(await copy.query('SELECT key FROM flag')).toEqual([{ key: 'checkout' }]);
});

it('the nightly job leaves one whole dump that only its owner can read', { timeout: 60_000 }, async (context) => {
  await need(context, 'pg_dump', await majorOfServer());
  const [document] = parseAllDocuments(await textOf('deploy/kubernetes/backup.yaml'));
  const [container] = job.parse(document?.toJS()).spec.jobTemplate.spec.template.spec.containers;
  expect(container?.command).toEqual(['sh', '-euc']);
  shell((container?.args ?? []).join('\n').replaceAll('/backups/', `${folder}/`), { DATABASE_URL: server.database.url });
  const files = await readdir(folder);
  expect(files).toEqual([expect.stringMatching(/^ballast-\d{8}T\d{6}Z\.dump$/)]);
  expect((await stat(join(folder, String(files[0])))).mode & 0o777).toBe(0o600);
});
