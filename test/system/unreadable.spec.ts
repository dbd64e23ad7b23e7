import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serverLog } from '../../apps/server/src/log.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const lines: string[] = [];
let server: TestServer;
beforeAll(async () => {
  server = await aServer({ options: { log: serverLog('info', { write: (line: string) => void lines.push(line) }) } });
});
afterAll(() => server.stop());

it.each([
  ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'request.headers_too_large'],
  ['no HTTP', 'hello\r\n\r\n', 400, 'request.failed'],
])('answers %s with a problem', async (_, sent, status, code) => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  const [head, body] = (await text(socket)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*^content-type: application/problem\\+json; charset=utf-8\\r$`, 'm'));
  const id = /^x-request-id: (.+)\r$/m.exec(head ?? '')?.[1];
  expect(JSON.parse(body ?? '')).toMatchObject({ type: 'about:blank', status, code, instance: `urn:request:${id}` });
});

it.each(['/sdk/v1/telemetry', '/v1/traces', '/api/v1/projects'])('does not wait for ever for a body that is sent to %s', async (path) => {
  const hasty = await aServer({ options: { patienceMs: 100 }, database: server.database });
  const socket = connect(Number(new URL(hasty.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const key = path.startsWith('/api/') ? hasty.adminToken : hasty.serverKey;
  const headers = `host: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: 100`;
  socket.write(`POST ${path} HTTP/1.1\r\n${headers}\r\n\r\n{`);
  const [head, body] = (await text(socket)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 408 /);
  expect(JSON.parse(body ?? '')).toMatchObject({ status: 408, code: 'request.timeout' });
  await hasty.stop();
});

it('names the request once in each line of the log', async () => {
  const named = { headers: { 'x-request-id': 'request-of-the-log' } };
  await api(server).post('/api/v1/projects', { key: 'logged' }, named);
  await server.database.query('alter table segment rename to elsewhere');
  await api(server).get('/api/v1/projects/default/segments', named);
  const found = lines.map((line) => JSON.parse(line)).filter((line) => JSON.stringify(line).includes('request-of-the-log'));
  expect(found.map(({ msg, requestId, reqId }) => ({ msg, requestId, reqId }))).toEqual(
    ['answered', 'request failed', 'answered'].map((msg) => ({ msg, requestId: 'request-of-the-log', reqId: undefined })),
  );
});
