import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';
import { until } from '../harness/until.js';

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  const flag = { kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team', tags: ['service:shop'] };
  await admin.post('/api/v1/projects/default/flags', { ...flag, key: 'measured-flag' });
});

afterAll(() => server.stop());

const send = (seq: number, counts: object) => {
  const t0 = Date.now() - (Date.now() % 10_000);
  const row = { flag: 'measured-flag', version: 1, variant: 'on', reason: 'SPLIT', t0, exposures: 1, ok: 0, err: 0, ...counts };
  const envelope = { v: 1, instance: 'metrics', seq, sentAt: Date.now(), rows: [row], unknown: {}, dropped: 0 };
  return api({ url: server.url, adminToken: server.serverKey }).post('/sdk/v1/telemetry', envelope);
};

const shown = async () =>
  ((await admin.get('/metrics')).body as string).split('\n').filter((line) => line.includes('flag="measured-flag"'));
const labels = 'project="default",environment="development",service="shop",flag="measured-flag",variant="on"';

it('shows outcomes of flags as the generated rules read them, both from the start, each batch once', async () => {
  let seq = 0;
  await until(
    () => send(++seq, { exposures: 3, ok: 2 }),
    ({ body }) => body.rejectedRows === 0,
  );
  expect(await shown()).toEqual([
    `ballast_flag_outcomes_total{${labels},outcome="success"} 2`,
    `ballast_flag_outcomes_total{${labels},outcome="failure"} 0`,
    `ballast_flag_exposures_total{${labels}} 3`,
  ]);
  await send(seq + 1, { exposures: 2, err: 1 });
  await send(seq + 1, { exposures: 2, err: 1 });
  expect(await shown()).toEqual([
    `ballast_flag_outcomes_total{${labels},outcome="success"} 2`,
    `ballast_flag_outcomes_total{${labels},outcome="failure"} 1`,
    `ballast_flag_exposures_total{${labels}} 5`,
  ]);
});
