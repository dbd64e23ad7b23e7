import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aServer, type TestServer } from '../harness/index.js';

let server: TestServer;

beforeAll(async () => {
  server = await aServer();
});

afterAll(() => server.stop());

/** How many event streams the server holds open. */
async function open(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^ballast_stream_clients\{kind="ofrep"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** A connection that asks for event streams, one request right after the other. */
function asking(streams: number) {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const head = `GET /ofrep/v1/stream HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${server.serverKey}\r\n\r\n`;
  socket.resume().write(head.repeat(streams));
  return socket;
}

it('opens nothing for who asks for the headers alone', async () => {
  const headers = { authorization: `Bearer ${server.serverKey}` };
  const response = await fetch(`${server.url}/ofrep/v1/stream`, { method: 'HEAD', headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(await open()).toBe(0);
  expect((await fetch(`${server.url}/ofrep/v1/stream`, { method: 'HEAD' })).status).toBe(401);
});

it('closes with a connection every stream that was asked for on it, also those whose answers wait in line', async () => {
  const socket = asking(20);
  await expect.poll(open).toBe(20);
  socket.destroy();
  await expect.poll(open).toBe(0);
});
