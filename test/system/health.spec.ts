import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

let server: TestServer;
beforeAll(async () => {
  server = await aServer();
});
afterAll(() => server.stop());

it('says that it lives', async () => {
  const { status, body } = await api(server).get('/health/live', { token: null });
  expect({ status, body }).toEqual({ status: 200, body: { status: 'live' } });
});

it('is ready once every snapshot is loaded', async () => {
  const { status, body } = await api(server).get('/health/ready', { token: null });
  expect({ status, body }).toEqual({ status: 200, body: { status: 'ready', leader: expect.any(Boolean) } });
});
