import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const FLAGS = '/api/v1/projects/default/flags';

let server: TestServer;

beforeAll(async () => {
  await run(process.execPath, ['sdk/build.mjs'], { cwd: root });
  server = await aServer();
  const variants = { on: true, off: false };
  await api(server).post(FLAGS, { key: 'new-checkout', kind: 'release', type: 'boolean', variants, owner: 'team', ttlDays: 40 });
  const rules = [{ when: { attribute: 'email', op: 'ends_with', values: ['@example.com'] }, serve: { variant: 'on' } }];
  const config = { on: true, offVariant: 'off', rules, default: { variant: 'off' } };
  expect(await api(server).put(`${FLAGS}/new-checkout/environments/development`, config)).toMatchObject({ status: 200 });
});

afterAll(() => server.stop());

async function lines(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { stdout } = await run(process.execPath, ['examples/openfeature/src/main.js'], { cwd: root, env: { ...process.env, ...env } });
  return stdout.trim().split('\n');
}

it('evaluates flags through OpenFeature and ends by itself', async () => {
  const [ada, bob, ...rest] = await lines({ BALLAST_URL: server.url, BALLAST_SERVER_KEY: server.serverKey });
  expect(ada).toMatch(/^ada@example\.com: true \(on, TARGETING_MATCH\) from default\/development version \d+$/);
  expect(bob).toMatch(/^bob@elsewhere\.example: false \(off, DEFAULT\) from default\/development version \d+$/);
  expect(rest).toEqual([]);
});

it('goes on with its defaults when its key is not valid', async () => {
  expect(await lines({ BALLAST_URL: server.url, BALLAST_SERVER_KEY: 'nobodys-key' })).toEqual([
    'not ready (PROVIDER_FATAL): the SDK key is not valid',
    'ada@example.com: false (no variant, ERROR) from the code',
    'bob@elsewhere.example: false (no variant, ERROR) from the code',
  ]);
});
