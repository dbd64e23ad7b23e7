import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

let server: TestServer;

beforeAll(async () => {
  server = await aServer();
  const flag = { key: 'any', kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' };
  await api(server).post('/api/v1/projects/default/flags', flag);
});

afterAll(() => server.stop());

const PLAIN = 'text/plain; version=0.0.4';
const OPEN = 'application/openmetrics-text; version=1.0.0';
const scraped = async (accept: string): Promise<string> => (await api(server).get('/metrics', { headers: { accept } })).body;
const namesIn = (text: string) =>
  new Set([...text.matchAll(/^([a-zA-Z_:][a-zA-Z0-9_:]*)[{ ]/gm)].map(([, name = '']) => name).filter((name) => name !== ''));

it('shows the same series in both formats, however often and in whatever order it is asked', async () => {
  const before = namesIn(await scraped(PLAIN));
  expect(before).toContain('ballast_changes_total');
  for (const accept of [OPEN, OPEN, PLAIN, OPEN, PLAIN]) expect(namesIn(await scraped(accept))).toEqual(before);
});

it('promtool finds nothing wrong with the names, types and helps of what is ours', async (context) => {
  const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: await scraped(PLAIN), encoding: 'utf8' });
  if (error !== undefined) context.skip('promtool of the Debian package prometheus is not installed');
  expect((stdout + stderr).split('\n').filter((line) => line.includes('ballast_'))).toEqual([]);
});
