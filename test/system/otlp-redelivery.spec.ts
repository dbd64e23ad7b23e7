import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { aDatabase, api, aServer, type TestDatabase, type TestServer } from '../harness/index.js';

/** Stands between a server and its database, and loses the answer to one commit that claims a request of OpenTelemetry. */
class LossyLine {
  loses = false;
  lost = 0;
  readonly #wires = new Set<Socket>();
  readonly #server: Server;

  constructor(target: URL) {
    this.#server = createServer((inward) => {
      const outward = connect(Number(target.port), target.hostname);
      let isClaim = false;
      for (const wire of [inward, outward]) {
        this.#wires.add(wire);
        wire.on('error', () => wire.destroy());
      }
      inward.on('close', () => outward.destroy());
      outward.on('close', () => inward.destroy());
      inward.on('data', (bytes) => {
        isClaim ||= bytes.includes('INSERT INTO otlp_claim');
        outward.write(bytes);
      });
      outward.on('data', (bytes) => {
        if (this.loses && isClaim && bytes.includes('COMMIT\0')) {
          this.loses = false;
          this.lost += 1;
          inward.destroy();
          return;
        }
        inward.write(bytes);
      });
    });
  }

  async up(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  down(): void {
    this.#server.close();
    for (const wire of this.#wires) wire.destroy();
  }
}

let database: TestDatabase;
let line: LossyLine;
let server: TestServer;
let other: TestServer;

beforeAll(async () => {
  database = await aDatabase();
  line = new LossyLine(new URL(database.url));
  const through = new URL(database.url);
  through.host = `127.0.0.1:${await line.up()}`;
  server = await aServer({ database: { ...database, url: through.href } });
  other = await aServer({ database });
  const flag = { type: 'boolean', kind: 'release', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
  for (const key of ['lost', 'elsewhere', 'at-once', 'public']) {
    expect((await api(server).post('/api/v1/projects/default/flags', { ...flag, key, clientVisible: true })).status).toBe(201);
  }
  const headers = { authorization: `Bearer ${server.serverKey}` };
  for (const { url } of [server, other]) {
    const snapshot = async () => (await fetch(`${url}/sdk/v1/snapshot`, { headers })).json();
    await vi.waitFor(async () => expect((await snapshot()).flags).toHaveProperty('public'));
  }
});

afterAll(async () => {
  await Promise.all([server.stop(), other.stop()]);
  line.down();
  await database.drop();
});

let spans = 0;
/** A request with the only span of a trace, in which a flag was evaluated. */
function requestFor(flag: string): string {
  spans += 1;
  const facts = { 'feature_flag.key': flag, 'feature_flag.result.variant': 'on', 'feature_flag.result.reason': 'static' };
  const at = Date.now();
  const span = {
    traceId: spans.toString(16).padStart(32, 'a'),
    spanId: spans.toString(16).padStart(16, '0'),
    startTimeUnixNano: `${at}000000`,
    endTimeUnixNano: `${at + 20}000000`,
    attributes: Object.entries(facts).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

async function post({ url }: TestServer, body: string, key = server.serverKey): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return (await fetch(`${url}/v1/traces`, { method: 'POST', headers, body })).status;
}

async function totalsOf(flag: string): Promise<object> {
  const { exposures, ok } = (await api(other).get(`/api/v1/projects/default/flags/${flag}/environments/development/exposures`)).body.totals;
  return { exposures, ok };
}

const ONCE = { exposures: 1, ok: 1 };

it('counts a request once whose commit nobody heard of, when it is delivered again', async () => {
  const request = requestFor('lost');
  line.loses = true;
  expect(await post(server, request)).toBeGreaterThanOrEqual(500);
  expect(line.lost).toBe(1);
  expect(await totalsOf('lost')).toEqual(ONCE);
  await vi.waitFor(async () => expect(await post(server, request)).toBe(200), 20_000);
  expect(await totalsOf('lost')).toEqual(ONCE);
});

it('counts a request once that is delivered again to another server', async () => {
  const request = requestFor('elsewhere');
  expect([await post(server, request), await post(other, request)]).toEqual([200, 200]);
  expect(await totalsOf('elsewhere')).toEqual(ONCE);
});

it('counts a request once that comes to two servers at the same moment', async () => {
  const request = requestFor('at-once');
  const answers = await Promise.all([server, other, server, other].map((each) => post(each, request)));
  expect(answers).toEqual([200, 200, 200, 200]);
  expect(await totalsOf('at-once')).toEqual(ONCE);
});

it('lets nobody take a request away from a server by sending it before with a public key', async () => {
  const request = requestFor('public');
  expect([await post(server, request, server.clientKey), await post(other, request)]).toEqual([200, 200]);
  const rows = await database.query<{ trust: string; n: string }>(
    "select trust, sum(exposures) as n from counted where flag = 'public' group by trust order by trust",
  );
  expect(rows).toEqual([
    { trust: 'client', n: '1' },
    { trust: 'server', n: '1' },
  ]);
});
