import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const npmStart = [join(root, 'scripts/start.mjs')];
const server = ['--import', join(root, 'apps/server/dist/otel.js'), join(root, 'apps/server/dist/main.js')];
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  said(): string;
  ended(): Promise<number | null>;
}

const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** A folder that anybody may enter. */
async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-start-'));
  folders.push(folder);
  await chmod(folder, 0o755);
  return folder;
}

interface Manner {
  readonly program?: readonly string[];
  readonly uid?: number;
}

function launch(env: Readonly<Record<string, string>>, { program = server, uid }: Manner = {}) {
  const child = spawn(process.execPath, program, {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', HOME: tmpdir(), PORT: '0', ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  const exit = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  return { child, said: () => text, ended: () => exit };
}

async function aStartedServer(dataDir: string, manner: Manner = {}): Promise<Started> {
  const launched = launch({ BALLAST_DATA_DIR: dataDir }, manner);
  const url = await vi.waitFor(() => urlIn(launched), { timeout: 60_000, interval: 50 });
  if (url === null) throw new Error(`The server ended: ${launched.said()}`);
  return { ...launched, url };
}

/** null when the server has ended instead. */
function urlIn({ child, said }: { child: ChildProcess; said(): string }): string | null {
  const url = /ready at (\S+)/.exec(said())?.[1];
  if (url !== undefined) return url;
  if (child.exitCode !== null) return null;
  throw new Error('not yet');
}

async function postmasterPid(cluster: string): Promise<number> {
  return Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (runs(pid)) await delay(20);
}

it('shows its secrets once, keeps them for its owner, and they open the doors', async () => {
  const dataDir = await aFolder();
  const first = await aStartedServer(dataDir, { program: npmStart });
  const file = join(dataDir, 'secrets.json');
  const secrets = JSON.parse(await readFile(file, 'utf8'));
  expect(first.said()).toContain(secrets.adminToken);
  expect(first.said()).toContain(secrets.keys.production.client);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const projects = await fetch(`${first.url}/api/v1/projects/default/environments`, {
    headers: { authorization: `Bearer ${secrets.adminToken}` },
  });
  expect((await projects.json()).items.map(({ key }: { key: string }) => key)).toEqual(['development', 'production']);
  await end(first.child);

  const second = await aStartedServer(dataDir);
  expect(second.said()).toContain(file);
  expect(second.said()).not.toContain('blst_');
  const again = await fetch(`${second.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${secrets.keys.development.server}` } });
  expect(again.status).toBe(200);
});

it('ends on SIGTERM with code 0 and takes PostgreSQL along', async () => {
  const dataDir = await aFolder();
  const started = await aStartedServer(dataDir);
  const pid = await postmasterPid(join(dataDir, 'postgres'));
  started.child.kill('SIGTERM');
  expect(await started.ended()).toBe(0);
  expect(runs(pid)).toBe(false);
  await expect(fetch(`${started.url}/health/live`)).rejects.toThrow();
});

it('ends with the npm that started it, whose shell hands no signal on', async () => {
  const dataDir = await aFolder();
  const npm = spawn('npm', ['start'], { cwd: root, env: { ...process.env, PORT: '0', BALLAST_DATA_DIR: dataDir } });
  children.push(npm);
  const owner = await vi.waitFor(async () => JSON.parse(await readFile(join(dataDir, 'server.lock'), 'utf8')).pid, { timeout: 60_000 });
  npm.kill('SIGTERM');
  await untilGone(owner);
  await expect(stat(join(dataDir, 'server.lock'))).rejects.toThrow();
});

it('leaves no PostgreSQL behind when it is killed, and starts again on the same data', async () => {
  const dataDir = await aFolder();
  const started = await aStartedServer(dataDir);
  const pid = await postmasterPid(join(dataDir, 'postgres'));
  started.child.kill('SIGKILL');
  await untilGone(pid);
  const again = await aStartedServer(dataDir);
  expect((await fetch(`${again.url}/health/ready`)).status).toBe(200);
});

it('says in one line that the data directory is in use, and by whom', async () => {
  const dataDir = await aFolder();
  const { child } = await aStartedServer(dataDir);
  const second = launch({ BALLAST_DATA_DIR: dataDir });
  expect(await second.ended()).toBe(1);
  expect(second.said().trim()).toBe(
    `The data directory ${dataDir} is in use by another server (pid ${child.pid}); stop it or set BALLAST_DATA_DIR.`,
  );
});

it('says in one line that the port is in use', async () => {
  const { url } = await aStartedServer(await aFolder());
  const { port } = new URL(url);
  const second = launch({ BALLAST_DATA_DIR: await aFolder(), PORT: port });
  expect(await second.ended()).toBe(1);
  expect(second.said().trim()).toBe(`Port ${port} on 127.0.0.1 is in use; stop what uses it or set PORT.`);
});

it('names every setting that is wrong', async () => {
  const launched = launch({ PORT: 'x', DATABASE_URL: 'mysql://db', BALLAST_ADMIN_TOKEN: 'short' });
  expect(await launched.ended()).toBe(1);
  expect(launched.said().match(/^ {2}- (\w+)/gm)).toEqual(['  - PORT', '  - DATABASE_URL', '  - BALLAST_ADMIN_TOKEN']);
});

it('says in one line that the database cannot be reached, without its password', async () => {
  const launched = launch({ BALLAST_DATA_DIR: await aFolder(), DATABASE_URL: 'postgresql://ballast:hunter2@127.0.0.1:1/flags' });
  expect(await launched.ended()).toBe(1);
  expect(launched.said().trim()).toBe('The database flags at 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
});

it('says in one line that the data is of another PostgreSQL', async () => {
  const dataDir = await aFolder();
  await end((await aStartedServer(dataDir)).child);
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
  const launched = launch({ BALLAST_DATA_DIR: dataDir });
  expect(await launched.ended()).toBe(1);
  expect(launched.said().trim()).toMatch(/^The database in \S+ was made by PostgreSQL 12; this release brings 18\. .*$/);
});

describe.runIf(isRoot)('given root', () => {
  it('keeps the data where the other user of PostgreSQL can reach it when the data directory is closed', async () => {
    const dataDir = await aFolder();
    await chmod(dataDir, 0o700);
    const started = await aStartedServer(dataDir);
    const cluster = (await readFile(join(dataDir, 'postgres.location'), 'utf8')).trim();
    folders.push(cluster);
    expect(cluster.startsWith('/var/lib/ballast/')).toBe(true);
    expect((await stat(cluster)).uid).not.toBe(0);
    await end(started.child);
    const again = await aStartedServer(dataDir);
    expect(again.said()).not.toContain('admin token ');
  });

  it('works the same for an ordinary user', async () => {
    const home = await aFolder();
    await chown(home, NOBODY, NOBODY);
    await chmod(home, 0o700);
    await end((await aStartedServer(await aFolder())).child);
    const started = await aStartedServer(join(home, 'data'), { uid: NOBODY });
    expect((await fetch(`${started.url}/health/ready`)).status).toBe(200);
    expect((await stat(join(home, 'data', 'postgres'))).uid).toBe(NOBODY);
  });
});
