import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { createClient } from '@ballast/sdk';
import { createShop, statusOf } from './shop.js';

const { BALLAST_URL = 'http://127.0.0.1:4400', BALLAST_KEY = '', PORT = '8080', FLUSH_EVERY_MS, ...env } = process.env;

/** Which flag decides each code path; another name can be given from outside. */
const keys = {
  recommendations: env.FLAG_RECOMMENDATIONS ?? 'new-recommendations',
  catalogue: env.FLAG_CATALOGUE ?? 'search-index',
  payment: env.FLAG_PAYMENT ?? 'express-payment',
};

const flags = createClient({ url: BALLAST_URL, key: BALLAST_KEY });
const shop = createShop(flags, keys);

/** One line of JSON per event, for people and programs. */
function log(event) {
  process.stdout.write(`${JSON.stringify({ at: performance.timeOrigin + performance.now(), ...event })}\n`);
}

async function serve(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://shop');
  const customer = String(request.headers['x-customer'] ?? 'guest');
  const branches = {};
  const note = (path, branch) => {
    branches[path] = branch;
  };
  const handler = shop[`${request.method} ${pathname}`];
  const answer = { status: 404, body: { error: 'no such address' } };
  try {
    const body = request.method === 'POST' ? await json(request) : undefined;
    if (handler) Object.assign(answer, { status: 200, body: await handler({ customer, query: searchParams, body, note }) });
  } catch (error) {
    Object.assign(answer, { status: error instanceof SyntaxError ? 400 : statusOf(error), body: { error: error.message } });
  }
  log({ method: request.method, path: pathname, status: answer.status, customer, branches });
  return answer;
}

const server = createServer(async (request, response) => {
  const { status, body } = await serve(request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

// The shop opens whatever the state of the flags: until they are there, every flag is at its default.
await flags.ready({ timeoutMs: 2_000 });
server.listen(Number(PORT), '127.0.0.1');
await once(server, 'listening');
log({ listening: server.address().port, flags: flags.status });

// The SDK sends its counts every ten seconds by itself; a demonstration wants to see them sooner.
const flushing = FLUSH_EVERY_MS && setInterval(() => flags.flush(), Number(FLUSH_EVERY_MS));

process.once('SIGTERM', async () => {
  clearInterval(flushing);
  server.close();
  server.closeAllConnections();
  await flags.close();
  log({ closed: true });
});
