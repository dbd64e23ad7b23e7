import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@ballast/sdk';
import { afterEach, expect, it, type TestContext } from 'vitest';
import { aProxy, type TcpProxy } from '../harness/a-proxy.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aServerProcess, type ServerProcess } from '../harness/a-server-process.js';
import { freePort } from '../harness/free-port.js';
import { aDatabase, api } from '../harness/index.js';
import { composedBy, environmentOf, filledIn, imageOf, textOf, unitOf, workloadOf } from '../harness/manifests.js';
import { until } from '../harness/until.js';

const TOKEN = 'a-token-for-deployments';
const TIMEOUT_MS = 180_000;
const FLAGS = '/api/v1/projects/default/flags';
const ENVIRONMENT = 'environments/development';
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

async function database(): Promise<string> {
  const { url, drop } = await aDatabase({ template: 'template0' });
  cleanups.push(drop);
  return url;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'ballast-deployed-'));
  // PostgreSQL's user must be able to enter it.
  await chmod(made, 0o755);
  cleanups.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A process with the environment of a manifest, but for what only its own machine has: address, port and folder. */
async function deployed(given: Readonly<Record<string, string>>, program = 'apps/server/dist/main.js'): Promise<ServerProcess> {
  const { HOST, PORT, BALLAST_DATA_DIR, ...env } = given;
  expect([HOST, PORT, BALLAST_DATA_DIR]).not.toContain(undefined);
  const unset = { BALLAST_ADMIN_TOKEN: '', BALLAST_SERVER_KEY: '', BALLAST_CLIENT_KEY: '', BALLAST_LOG_LEVEL: '' };
  const made = await aServerProcess({ databaseUrl: '', program, env: { ...unset, ...env, BALLAST_DATA_DIR: await folder() } });
  cleanups.push(() => made.remove());
  return made;
}

/** A TCP load balancer that leads each connection to the next one of these. */
async function balancer(...servers: readonly ServerProcess[]): Promise<TcpProxy> {
  const made = await aProxy(...servers.map(({ url }) => url));
  cleanups.push(() => made.stop());
  return made;
}

const adminOf = (url: string) => api({ url, adminToken: TOKEN });

/** A flag that serves `true`, and a key of the kind `server`. */
async function furnish(url: string): Promise<string> {
  const flag = { key: 'checkout', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop' };
  expect((await adminOf(url).post(FLAGS, flag)).status).toBe(201);
  expect((await adminOf(url).put(`${FLAGS}/checkout/${ENVIRONMENT}`, { on: true, default: { variant: 'on' } })).status).toBe(200);
  const { status, body } = await adminOf(url).post(`/api/v1/projects/default/${ENVIRONMENT}/keys`, { name: 'shop', kind: 'server' });
  expect(status).toBe(201);
  return body.secret;
}

async function clients(count: number, url: string, key: string): Promise<readonly Client[]> {
  const made = Array.from({ length: count }, () => createClient({ url, key, cache: false, logger: null }));
  cleanups.push(() => Promise.all(made.map((client) => client.close())));
  for (const client of made) expect(await client.ready({ timeoutMs: 30_000 })).toBe('ready');
  await everyone(made, true);
  return made;
}

const everyone = (all: readonly Client[], value: boolean) =>
  until(
    () => all.map((client) => client.value('checkout', !value)),
    (values) => values.every((each) => each === value),
  );

/** Kills the flag by one door; everybody behind whichever door has it, and the server knows that they have. */
async function aChangeReaches(all: readonly Client[], url: string): Promise<void> {
  // Who was handed over by a server that stopped comes back in a moment.
  await until(
    async () => (await adminOf(url).get(`/api/v1/projects/default/${ENVIRONMENT}/convergence`)).body.connected,
    (connected) => connected === all.length,
  );
  const { status, body } = await adminOf(url).post(`${FLAGS}/checkout/${ENVIRONMENT}/kill?wait=20s`, { reason: 'a change for everyone' });
  expect({ status, arrival: body.arrival }).toMatchObject({ status: 200, arrival: { complete: true, connected: all.length, pending: [] } });
  await everyone(all, false);
  expect(new Set(all.map(({ revision }) => revision))).toEqual(new Set([body.revision]));
  expect((await adminOf(url).post(`${FLAGS}/checkout/${ENVIRONMENT}/restore`, { reason: 'it was only a test' })).status).toBe(200);
  await everyone(all, true);
}

/** Three servers as Kubernetes would start them, and what is before them. */
async function replicas(): Promise<{ readonly servers: readonly ServerProcess[]; readonly line: TcpProxy }> {
  const { spec, container } = await workloadOf('deploy/kubernetes/servers.yaml');
  const { env } = await imageOf('apps/server/Dockerfile');
  const secrets = { 'ballast-server/database-url': await database(), 'ballast-server/admin-token': TOKEN };
  const given = { ...env, ...environmentOf(container.env, secrets) };
  const servers = await Promise.all(Array.from({ length: spec.replicas }, () => deployed(given)));
  return { servers, line: await balancer(...servers) };
}

it('one process with its own database, as systemd starts it', { timeout: TIMEOUT_MS }, async () => {
  const { environment, command } = await unitOf('deploy/systemd/ballast.service');
  const { env } = await imageOf('apps/server/Dockerfile');
  expect(command).toEqual(['/usr/bin/node', '--import', './apps/server/dist/otel.js', 'apps/server/dist/main.js']);
  expect(Object.keys(environment).sort()).toEqual(Object.keys(env).sort());
  const server = await deployed({ ...environment, BALLAST_ADMIN_TOKEN: TOKEN });
  await aChangeReaches(await clients(3, server.url, await furnish(server.url)), server.url);
  expect(await server.stop()).toBe(0);
});

it('a server beside a PostgreSQL, as compose starts it', { timeout: TIMEOUT_MS }, async () => {
  const { server: service } = await composedBy('docker-compose.yml');
  const { env } = await imageOf('apps/server/Dockerfile');
  const given = filledIn(service?.environment ?? {}, { BALLAST_ADMIN_TOKEN: TOKEN });
  const server = await deployed({ ...env, ...given, DATABASE_URL: await database() });
  await aChangeReaches(await clients(3, server.url, await furnish(server.url)), server.url);
});

it('replicas that start at once on an empty database, behind a load balancer that sticks to none', { timeout: TIMEOUT_MS }, async () => {
  const { servers, line } = await replicas();
  expect(servers).toHaveLength(3);
  const key = await furnish(line.url);
  const all = await clients(6, line.url, key);
  for (const server of servers)
    await until(
      () => server.metrics(),
      (text) => /^ballast_stream_clients\{kind="server"\} [1-9]/m.test(text),
    );
  await aChangeReaches(all, line.url);
  expect(await servers[0]?.stop()).toBe(0);
  await aChangeReaches(all, line.url);
  expect(all.map(({ status }) => status)).toEqual(all.map(() => 'ready'));
});

it('relays of two regions before replicas: everyone has a change, and goes on while the servers are away', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { line } = await replicas();
  const key = await furnish(line.url);
  const { spec, container } = await workloadOf('deploy/kubernetes/relays.yaml');
  const { env } = await imageOf('apps/relay/Dockerfile');
  const region = async (name: string) => {
    const secrets = { 'ballast-relay/key': await aRelayKey({ url: line.url, adminToken: TOKEN }, name) };
    const given = { ...env, ...environmentOf(container.env, secrets), BALLAST_UPSTREAM_URL: line.url };
    return balancer(...(await Promise.all(Array.from({ length: spec.replicas }, () => deployed(given, 'apps/relay/dist/main.js')))));
  };
  const [east, west] = await Promise.all([region('east'), region('west')]);
  const all = [...(await clients(4, east.url, key)), ...(await clients(4, west.url, key))];
  await aChangeReaches(all, line.url);
  line.behave('refuse');
  await until(
    () => all.map(({ status }) => status),
    (statuses) => statuses.every((status) => status === 'stale'),
  );
  expect(all.map((client) => client.value('checkout', false))).toEqual(all.map(() => true));
  const late = createClient({ url: west.url, key, cache: false, logger: null });
  cleanups.push(() => late.close());
  await everyone([late], true);
  line.behave('pass');
  await until(
    () => [...all, late].map(({ status }) => status),
    (statuses) => statuses.every((status) => status === 'ready'),
  );
  await aChangeReaches([...all, late], line.url);
});

/** HAProxy with the configuration of the checkout, but for names that only the composed network has. */
async function haproxy(context: TestContext, config: string, servers: readonly ServerProcess[]): Promise<string> {
  const port = await freePort();
  const text = (await textOf(config))
    .replace(/bind :\d+/, `bind 127.0.0.1:${port}`)
    .replace(
      /^ {2}server-template .*$/m,
      servers.map(({ url }, i) => `  server s${i} ${new URL(url).host} check inter 1s fall 2 rise 1`).join('\n'),
    );
  const file = join(await folder(), 'haproxy.cfg');
  await writeFile(file, text);
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  const [event] = await Promise.race([once(child, 'spawn').then(() => ['spawn']), once(child, 'error')]);
  if (event !== 'spawn') context.skip('the Debian package haproxy is not installed');
  const ended = once(child, 'exit');
  cleanups.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return `http://127.0.0.1:${port}`;
}

/** Resolves when HAProxy leads to somebody who is ready. */
const opened = (url: string) =>
  until(
    () =>
      fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (ok) => ok,
  );

it('replicas and a region of relays as compose starts them, each behind HAProxy as it is configured here', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const { server: service } = await composedBy('deploy/compose/replicas.yml');
  const { env } = await imageOf('apps/server/Dockerfile');
  const given = { ...env, ...filledIn(service?.environment ?? {}, { BALLAST_ADMIN_TOKEN: TOKEN }), DATABASE_URL: await database() };
  const servers = await Promise.all(Array.from({ length: service?.deploy.replicas ?? 0 }, () => deployed(given)));
  const url = await haproxy(context, 'deploy/haproxy/servers.cfg', servers);
  await opened(url);
  const { relay } = await composedBy('deploy/compose/region.yml');
  const relayKey = await aRelayKey({ url, adminToken: TOKEN }, 'region');
  const composed = filledIn(relay?.environment ?? {}, { BALLAST_UPSTREAM_URL: url, BALLAST_RELAY_KEY: relayKey });
  const relayGiven = { ...(await imageOf('apps/relay/Dockerfile')).env, ...composed };
  const relays = await Promise.all(
    Array.from({ length: relay?.deploy.replicas ?? 0 }, () => deployed(relayGiven, 'apps/relay/dist/main.js')),
  );
  const door = await haproxy(context, 'deploy/haproxy/relays.cfg', relays);
  await opened(door);
  const key = await furnish(url);
  const all = [...(await clients(4, url, key)), ...(await clients(4, door, key))];
  await aChangeReaches(all, url);
  expect([await servers[1]?.stop(), await relays[0]?.stop()]).toEqual([0, 0]);
  await aChangeReaches(all, url);
});
