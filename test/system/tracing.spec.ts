import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { aDatabase, SECRETS, type TestDatabase } from '../harness/index.js';

const dist = fileURLToPath(new URL('../../apps/server/dist/', import.meta.url));
const spans: string[] = [];
let collected = '';

let database: TestDatabase;
let collector: Server;
let dataDir: string;
let child: ChildProcess;
let url: string;

/** What an OTLP collector reads from a batch of spans. */
interface Traces {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[] }[];
}

beforeAll(async () => {
  database = await aDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'ballast-tracing-'));
  collector = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    collected += Buffer.concat(pieces).toString();
    const traces: Traces = request.url === '/v1/traces' ? JSON.parse(Buffer.concat(pieces).toString()) : {};
    for (const { scopeSpans } of traces.resourceSpans ?? [])
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(({ name }) => name)));
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const address = collector.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  child = spawn(process.execPath, ['--import', join(dist, 'otel.js'), join(dist, 'main.js')], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      DATABASE_URL: database.url,
      BALLAST_DATA_DIR: dataDir,
      BALLAST_ADMIN_TOKEN: SECRETS.adminToken,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  url = await vi.waitFor(() => /ready at (\S+)/.exec(said)?.[1] ?? Promise.reject(new Error(said)), { timeout: 30_000, interval: 50 });
});

afterAll(async () => {
  child.kill('SIGKILL');
  collector.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

it('sends traces of HTTP requests and of database queries when told where to, all of them before it ends', async () => {
  await fetch(`${url}/health/live`);
  await fetch(`${url}/api/v1/projects`, { headers: { authorization: `Bearer ${SECRETS.adminToken}` } });
  await fetch(`${url}/ofrep/v1/stream?token=opens-an-event-stream`);
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(spans.filter((name) => name.startsWith('GET'))).toHaveLength(2);
  expect(collected).toContain('/ofrep/v1/stream');
  expect(collected).not.toContain('opens-an-event-stream');
  expect(spans).toContain('prisma:client:operation');
});
