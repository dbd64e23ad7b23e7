import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { send } from './outbound.js';

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function aServer(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

const outgoing = (url: string) => ({ url, headers: { 'content-type': 'application/json' }, body: '{"a":1}' });

it('posts and answers with the status, the wish for patience and the start of the body', async () => {
  const heard: string[] = [];
  const url = await aServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    heard.push(`${request.method} ${request.url} ${body}`);
    response.writeHead(429, { 'retry-after': '7' }).end('x'.repeat(1_000_000));
  });
  expect(await send(outgoing(url), { allowInternal: true })).toEqual({ status: 429, retryAfter: '7', body: 'x'.repeat(2_048) });
  expect(heard).toEqual(['POST /hook {"a":1}']);
});

it('does not follow redirects', async () => {
  let asked = 0;
  const url = await aServer((_, response) => {
    asked += 1;
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect((await send(outgoing(url), { allowInternal: true })).status).toBe(302);
  expect(asked).toBe(1);
});

it('fails on what is no HTTP', async () => {
  const server = createTcp((socket) => socket.end('220 mail ready\r\n')).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(send(outgoing(`http://127.0.0.1:${port}/`), { allowInternal: true })).rejects.toThrow(/Parse Error/);
});

it('fails on an answer that goes over to another protocol', async () => {
  const server = createTcp((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(send(outgoing(`http://127.0.0.1:${port}/`), { allowInternal: true })).rejects.toThrow('ended without an answer');
});

it('reads no body that never ends', async () => {
  const url = await aServer((_, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('x'.repeat(1_024)), 1);
    response.on('close', () => clearInterval(drip));
  });
  expect((await send(outgoing(url), { allowInternal: true })).body).toHaveLength(2_048);
});

it('ends with whoever stops it', async () => {
  const stop = new AbortController();
  const url = await aServer(() => stop.abort());
  await expect(send(outgoing(url), { allowInternal: true, signal: stop.signal })).rejects.toThrow(/abort/);
});

it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', '2130706433', '0x7f.1'])(
  'refuses http://%s unless internal addresses are allowed, and does not connect',
  async (host) => {
    let asked = 0;
    const url = new URL(await aServer(() => (asked += 1)));
    const inside = `http://${host}:${url.port}/`;
    await expect(send(outgoing(inside), { allowInternal: false })).rejects.toThrow(/is an internal address/);
    expect(asked).toBe(0);
  },
);
