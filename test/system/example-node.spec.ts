import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { aProgram } from '../harness/a-program.js';
import { api, aServer } from '../harness/index.js';

const FLAGS = '/api/v1/projects/default/flags';

it('the example of an Express server has the outcomes of its requests counted', async () => {
  execFileSync(process.execPath, ['sdk/build.mjs'], { cwd: new URL('../..', import.meta.url) });
  const server = await aServer();
  const admin = api(server);
  for (const key of ['warm-greeting', 'new-pricing']) {
    const flag = { key, kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
    expect((await admin.post(FLAGS, flag)).status).toBe(201);
    const config = { on: true, offVariant: 'off', default: { variant: 'on' } };
    expect((await admin.put(`${FLAGS}/${key}/environments/development`, config)).status).toBe(200);
  }
  const example = await aProgram('examples/node/src/main.js', { BALLAST_URL: server.url, BALLAST_SERVER_KEY: server.serverKey, PORT: '0' });
  const [url = '', , status] = example.firstLine.split(' ');
  expect(status).toBe('ready');

  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return [response.status, await response.json()];
  };
  expect(await get('/greeting/ann')).toEqual([200, { greeting: 'How good to see you, ann' }]);
  const answers = await Promise.all(['ann', 'unlucky-bob', 'eve', 'unlucky-mallory'].map((user) => get(`/price/${user}`)));
  expect(answers.map(([code]) => code)).toEqual([200, 500, 200, 500]);
  expect(await example.stop()).toEqual({ code: 0, signal: null });

  const totals = async (key: string) => (await admin.get(`${FLAGS}/${key}/environments/development/exposures`)).body.totals;
  await expect.poll(() => totals('new-pricing')).toMatchObject({ exposures: 4, ok: 2, err: 2, errorRate: 0.5 });
  expect(await totals('warm-greeting')).toMatchObject({ exposures: 1, ok: 1, err: 0 });
  await server.stop();
});
