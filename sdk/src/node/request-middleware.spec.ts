import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { Controller, Get, HttpException, type INestApplication, Module, Param, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express, { type Express } from 'express';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import { type Client, createClient, fastifyRequestScope, requestScope } from './index.js';

let server: TestServer;
let client: Client;
let stop: () => Promise<unknown>;

beforeEach(async () => {
  const when = { attribute: 'targetingKey', op: 'starts_with', values: ['even'] } as const;
  server = await aServer(aFlag('page', 'on'), aFlag('split', 'off', { rules: [{ id: 'r', when, serve: { variant: 'on' } }] }));
  client = createClient({ url: server.url, key: KEY, cache: false, logger: null });
  await client.ready();
});

afterEach(async () => {
  await stop();
  await client.close();
  await server.stop();
});

/** `flag variant exposures ok err` of everything counted, slots added up. */
const counted = async (): Promise<string[]> => {
  await client.flush();
  const sums = new Map<string, number[]>();
  for (const { flag, variant, exposures, ok, err } of server.envelopes.flatMap(({ rows }) => rows)) {
    const [a = 0, b = 0, c = 0] = sums.get(`${flag} ${variant}`) ?? [];
    sums.set(`${flag} ${variant}`, [a + exposures, b + ok, c + err]);
  }
  return [...sums].map(([id, sum]) => [id, ...sum].join(' ')).sort();
};

/** Evaluates in several turns of the event loop, as handlers with a database do; every tenth fails. */
async function work(id: number): Promise<string> {
  client.value('page', false);
  await setImmediate();
  const variant = client.details('split', false, { targetingKey: `${id % 2 === 0 ? 'even' : 'odd'}-${id}` }).variant;
  await setImmediate();
  if (id % 10 === 0) throw new Error('every tenth');
  return `${variant}`;
}

const listening = (http: Server): string => {
  stop = async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
};

async function anExpress(routes: (app: Express) => void): Promise<string> {
  const app = express();
  app.use(requestScope());
  routes(app);
  // Four parameters make it an error handler, which keeps Express from printing what it answers.
  app.use((_error: unknown, _request: express.Request, response: express.Response, next: express.NextFunction) =>
    response.headersSent ? next(_error) : response.status(500).end(),
  );
  app.set('env', 'test');
  const http = app.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return listening(http);
}

async function aFastify(): Promise<string> {
  const app = Fastify();
  await app.register(fastifyRequestScope);
  app.get<{ Params: { id: string } }>('/jobs/:id', ({ params }) => work(Number(params.id)));
  app.post<{ Body: { id: number } }>('/jobs', ({ body }) => work(body.id));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return listening(app.server);
}

/** Decorators are functions; calling them keeps this file plain TypeScript. */
function aController() {
  class WorkController {
    get(id: string) {
      return work(Number(id));
    }
    post(request: { readonly body: { readonly id: number } }) {
      return work(request.body.id);
    }
    missing() {
      client.value('page', false);
      throw new HttpException('not here', 404);
    }
  }
  const route = (path: string, name: 'get' | 'missing') =>
    Get(path)(WorkController.prototype, name, Object.getOwnPropertyDescriptor(WorkController.prototype, name) ?? {});
  Param('id')(WorkController.prototype, 'get', 0);
  Req()(WorkController.prototype, 'post', 0);
  route('/jobs/:id', 'get');
  route('/missing', 'missing');
  Controller()(WorkController);
  return WorkController;
}

async function aNest(adapter: ExpressAdapter | FastifyAdapter): Promise<string> {
  class AppModule {}
  Module({ controllers: [aController()] })(AppModule);
  const app: INestApplication = await NestFactory.create(AppModule, adapter, { logger: false });
  app.use(requestScope());
  await app.listen(0, '127.0.0.1');
  return listening(app.getHttpServer());
}

const frameworks: readonly (readonly [string, () => Promise<string>])[] = [
  ['Express', () => anExpress((app) => app.get('/jobs/:id', async ({ params }, response) => response.send(await work(Number(params.id)))))],
  ['Fastify', aFastify],
  ['NestJS on Express', () => aNest(new ExpressAdapter())],
  ['NestJS on Fastify', () => aNest(new FastifyAdapter())],
];

describe.each(frameworks)('given a server of %s', (_name, start) => {
  it('gives each flag the outcome of every request that evaluated it, many at a time', async () => {
    const url = await start();
    const statuses = await Promise.all(Array.from({ length: 400 }, async (_, id) => (await fetch(`${url}/jobs/${id}`)).status));
    expect(statuses.filter((status) => status === 500)).toHaveLength(40);
    await vi.waitFor(async () => expect(await counted()).toEqual(['page on 400 360 40', 'split off 200 200 0', 'split on 200 160 40']));
  });
});

it('takes an answer that is the fault of the client for a success', async () => {
  const url = await aNest(new ExpressAdapter());
  expect((await fetch(`${url}/missing`)).status).toBe(404);
  await vi.waitFor(async () => expect(await counted()).toEqual(['page on 1 1 0']));
});

it('knows the request after a body was parsed', async () => {
  const url = await aFastify();
  const post = (id: number) =>
    fetch(`${url}/jobs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id }) });
  await Promise.all([post(1), post(3), post(10)]);
  await vi.waitFor(async () => expect(await counted()).toEqual(['page on 3 2 1', 'split off 2 2 0', 'split on 1 0 1']));
});

it('knows the request in listeners of its body', async () => {
  const parts: string[] = [];
  const url = await anExpress((app) =>
    app.post('/', (request, response) => {
      request.on('data', (part) => parts.push(`${part} ${client.value('page', false)}`));
      request.on('end', () => response.status(client.value('split', false) ? 200 : 503).end());
    }),
  );
  const { hostname, port } = new URL(url);
  const wire = connect(Number(port), hostname, () => wire.write('POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 6\r\n\r\none'));
  await vi.waitFor(() => expect(parts).toEqual(['one true']));
  wire.write('two');
  expect(`${await once(wire, 'data')}`).toMatch(/^HTTP\/1.1 503/);
  wire.destroy();
  expect(parts).toEqual(['one true', 'two true']);
  await vi.waitFor(async () => expect(await counted()).toEqual(['page on 2 0 1', 'split off 1 0 1']));
});

it('counts once when it is installed twice', async () => {
  const url = await anExpress((app) => {
    app.use((_request, _response, next) => next(client.value('page', false) ? undefined : 'no'));
    app.use(requestScope());
    app.get('/', async (_request, response) => response.send(await work(2)));
  });
  await fetch(url);
  await vi.waitFor(async () => expect(await counted()).toEqual(['page on 2 1 0', 'split on 1 1 0']));
});

it('serves an application inside another', async () => {
  const app = Fastify();
  await app.register(fastifyRequestScope);
  await app.register(async (child) => {
    child.get('/inside', () => work(2));
  });
  await app.ready();
  stop = () => app.close();
  expect((await app.inject('/inside')).statusCode).toBe(200);
  expect(await counted()).toEqual(['page on 1 1 0', 'split on 1 1 0']);
});

describe('given responses that are streamed', () => {
  /** Streams three parts, each after an evaluation; `end` says how it goes on. */
  async function aStream(end: 'well' | 'source fails' | 'handler destroys' | 'never'): Promise<string> {
    const parts = async function* () {
      for (let i = 0; i < 3; i++) {
        client.value('page', false);
        yield `part ${i}`;
        await setImmediate();
      }
      if (end === 'source fails') throw new Error('source');
      if (end === 'never') await new Promise(() => {});
    };
    return anExpress((app) =>
      app.get('/', async (_request, response) => {
        const streamed = pipeline(Readable.from(parts()), response, { end: end !== 'handler destroys' });
        await streamed.catch(() => {});
        if (end === 'handler destroys') response.destroy();
      }),
    );
  }

  it('counts one that ends well when it has ended', async () => {
    const response = await fetch(await aStream('well'));
    expect(await response.text()).toBe('part 0part 1part 2');
    await vi.waitFor(async () => expect(await counted()).toEqual(['page on 3 1 0']));
  });

  it.each(['source fails', 'handler destroys'] as const)('counts one that breaks off as failed: %s', async (end) => {
    const response = await fetch(await aStream(end));
    await expect(response.text()).rejects.toThrow();
    await vi.waitFor(async () => expect(await counted()).toEqual(['page on 3 0 1']));
  });

  it('counts one that the client leaves without an outcome', async () => {
    const leave = new AbortController();
    const response = await fetch(await aStream('never'), { signal: leave.signal });
    await response.body?.getReader().read();
    leave.abort();
    await vi.waitFor(async () => expect(await counted()).toEqual([expect.stringMatching(/^page on [123] 0 0$/)]));
  });

  it.each(['FIN', 'RST'])('counts one that the client cuts with a %s without an outcome', async (how) => {
    const { hostname, port } = new URL(await aStream('never'));
    const wire = connect(Number(port), hostname, () => wire.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n'));
    await once(wire, 'data');
    if (how === 'FIN') wire.destroy();
    else wire.resetAndDestroy();
    await vi.waitFor(async () => expect(await counted()).toEqual([expect.stringMatching(/^page on [123] 0 0$/)]));
  });
});

it('counts what is evaluated after the client has left without an outcome, too', async () => {
  const seen: string[] = [];
  const url = await anExpress((app) =>
    app.get('/', async (_request, response) => {
      client.value('page', false);
      seen.push('evaluated');
      await once(response, 'close');
      client.value('page', false);
      seen.push('evaluated again');
      response.status(500).end();
    }),
  );
  const leave = new AbortController();
  const asked = fetch(url, { signal: leave.signal });
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  leave.abort();
  await expect(asked).rejects.toThrow();
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  await vi.waitFor(async () => expect(await counted()).toEqual(['page on 2 0 0']));
});

it('works without any framework', async () => {
  const enter = requestScope();
  const http = createServer((request, response) =>
    enter(request, response, () => {
      client.value('page', false);
      response.writeHead(502).end();
    }),
  );
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  await fetch(listening(http));
  await vi.waitFor(async () => expect(await counted()).toEqual(['page on 1 0 1']));
});

describe('given HTTP/2, whose requests share a connection', () => {
  const start = async () => {
    const enter = requestScope();
    const http = createHttp2Server((request, response) =>
      enter(request, response, () => {
        client.value('page', false);
        if (request.url === '/stream') response.write('and so on');
        else if (request.url === '/reset') response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        else response.writeHead(request.url === '/broken' ? 500 : 200).end();
      }),
    );
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const session = connectHttp2(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
    stop = async () => {
      session.destroy();
      await new Promise((resolve) => http.close(resolve));
    };
    return session;
  };

  it('counts each for itself', async () => {
    const session = await start();
    const streams = ['/', '/broken', '/', '/reset'].map((path) =>
      session
        .request({ ':path': path })
        .on('error', () => {})
        .resume(),
    );
    await Promise.all(streams.map((stream) => new Promise((resolve) => stream.on('close', resolve))));
    await vi.waitFor(async () => expect(await counted()).toEqual(['page on 4 2 2']));
  });

  it('counts one that the client leaves without an outcome', async () => {
    const stream = (await start()).request({ ':path': '/stream' });
    await once(stream, 'data');
    stream.close(constants.NGHTTP2_CANCEL);
    await vi.waitFor(async () => expect(await counted()).toEqual(['page on 1 0 0']));
  });
});
