import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { LIMITS, routes } from '@ballast/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const IMPORT = '/api/v1/projects/default/environments/development/import';

let server: TestServer;
beforeAll(async () => {
  server = await aServer();
});
afterAll(() => server.stop());

/** What comes back when only the head of a request is sent, until the server ends the connection. */
async function answerToHead(lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${[...lines, 'host: ballast', 'content-type: application/json'].join('\r\n')}\r\n\r\n`);
  return text(socket);
}

it('answers a stranger before anything of the body is there, and hangs up', async () => {
  const answer = await answerToHead([`POST ${IMPORT} HTTP/1.1`, `content-length: ${LIMITS.importBytes.max}`]);
  expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*^connection: close\r$[\s\S]*"code":"auth\.missing"/im);
});

it.each(
  ['POST /api/v1/projects', 'POST /sdk/v1/telemetry', 'POST /ofrep/v1/evaluate/flags', 'POST /ofrep/v1/evaluate/flags/x'].flatMap(
    (line) => [
      [line, 'content-length: 100000'],
      [line, 'transfer-encoding: chunked'],
    ],
  ),
)('does not wait for the body of a stranger at %s with %s', async (line, length) => {
  expect(await answerToHead([`${line} HTTP/1.1`, 'authorization: Bearer guess', length])).toMatch(/^HTTP\/1\.1 401 /);
});

it('reads no body for an address that is not there', async () => {
  expect(await answerToHead(['POST /api/v1/nowhere HTTP/1.1', 'content-length: 1000000'])).toMatch(/^HTTP\/1\.1 404 /);
});

it('judges the caller before the body, wherever there is one', async () => {
  // Who pulls a trigger may have signed the body, so that only the body tells who it is.
  const withBody = routes.filter(
    ({ method, access }) => access !== null && access !== 'trigger' && method !== 'get' && method !== 'delete',
  );
  expect(withBody.length).toBeGreaterThan(10);
  for (const { method, path, id } of withBody) {
    const { status, body } = await api(server).send(method, path.replaceAll(/\{\w+\}/g, 'x'), '{"malformed', { token: null });
    // The doors of OpenTelemetry answer in its own form, which has no place for our codes.
    expect({ id, status, code: body.code }).toEqual({ id, status: 401, code: path.startsWith('/v1/') ? undefined : 'auth.missing' });
  }
});

it('keeps the connection of a stranger whose body is small', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let turn = 0; turn < 3; turn += 1) {
    const call = request(new URL('/api/v1/projects', server.url), {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    });
    call.end('{"key":"x"}');
    const [answer] = await once(call, 'response');
    ports.add(answer.socket.localPort);
    expect([answer.statusCode, JSON.parse(await text(answer)).code]).toEqual([401, 'auth.missing']);
  }
  agent.destroy();
  expect(ports.size).toBe(1);
});

it('lets a client that is sending its whole file read why it is turned away', async () => {
  const file = JSON.stringify({ flags: 'x'.repeat(5_000_000) });
  for (let turn = 0; turn < 5; turn += 1) {
    const answer = await fetch(new URL(IMPORT, server.url), {
      method: 'POST',
      body: file,
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, Object(await answer.json()).code]).toEqual([401, 'auth.missing']);
  }
});
