import { gzipSync } from 'node:zlib';
import { type AttributeValue, context, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as BinaryExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';

const FLAGS = ['as-json', 'as-binary', 'as-logs', 'repeated', 'half', 'refused', 'numbers', 'backwards', 'cut'];

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  for (const key of FLAGS) {
    const flag = { key, type: 'boolean', kind: 'release', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
    expect(await admin.post('/api/v1/projects/default/flags', flag)).toMatchObject({ status: 201 });
  }
  const headers = { authorization: `Bearer ${server.serverKey}` };
  const snapshot = async () => (await fetch(`${server.url}/sdk/v1/snapshot`, { headers })).json();
  await vi.waitFor(async () => expect((await snapshot()).flags).toHaveProperty('cut'));
});

afterAll(() => server.stop());

const aBearer = () => ({ authorization: `Bearer ${server.serverKey}` });

async function variantsOf(flag: string): Promise<unknown> {
  const { body } = await admin.get(`/api/v1/projects/default/flags/${flag}/environments/development/exposures`);
  return body.variants.map(({ variant, exposures, ok, err }: Record<string, unknown>) => ({ variant, exposures, ok, err }));
}

function evaluationOf(flag: string, variant: string): Record<string, AttributeValue> {
  return {
    'feature_flag.key': flag,
    'feature_flag.result.variant': variant,
    'feature_flag.result.reason': 'split',
    'feature_flag.provider.name': 'somebody-else',
    'feature_flag.set.id': 'default/development',
  };
}

/** Three requests of a shop that knows nothing of us: two with the flag on, of which one fails, and one with it off. */
async function aDayAtTheShop(exporter: SpanExporter, flag: string): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer('shop');
  for (const [variant, isBroken] of [
    ['on', false],
    ['on', true],
    ['off', false],
  ] as const) {
    const root = tracer.startSpan('GET /checkout');
    const child = tracer.startSpan('decide', {}, trace.setSpan(context.active(), root));
    if (isBroken) child.addEvent('feature_flag.evaluation', evaluationOf(flag, variant));
    else child.setAttributes(evaluationOf(flag, variant));
    child.end();
    if (isBroken) root.setStatus({ code: SpanStatusCode.ERROR });
    root.end();
  }
  await provider.shutdown();
}

const SHOP = [
  { variant: 'off', exposures: 1, ok: 1, err: 0 },
  { variant: 'on', exposures: 2, ok: 1, err: 1 },
];

it("counts per variant what OpenTelemetry's own JSON exporter sends of a shop without our SDK", async () => {
  await aDayAtTheShop(new JsonExporter({ url: `${server.url}/v1/traces`, headers: aBearer() }), 'as-json');
  expect(await variantsOf('as-json')).toEqual(SHOP);
});

it("counts per variant what OpenTelemetry's own protobuf exporter sends, compressed, with the key as x-api-key", async () => {
  const headers = { 'x-api-key': server.serverKey };
  const options = { url: `${server.url}/v1/traces`, headers, compression: CompressionAlgorithm.GZIP };
  await aDayAtTheShop(new BinaryExporter(options), 'as-binary');
  expect(await variantsOf('as-binary')).toEqual(SHOP);
});

it('joins evaluations that come as log records with the end of their trace, whichever comes first', async () => {
  const spans = new BasicTracerProvider({
    spanProcessors: [new BatchSpanProcessor(new BinaryExporter({ url: `${server.url}/v1/traces`, headers: aBearer() }))],
  });
  const logs = new LoggerProvider({
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${server.url}/v1/logs`, headers: aBearer() }) })],
  });
  for (const order of ['logs first', 'spans first']) {
    const root = spans.getTracer('shop').startSpan('GET /checkout');
    const attributes = evaluationOf('as-logs', 'on');
    logs.getLogger('shop').emit({ eventName: 'feature_flag.evaluation', attributes, context: trace.setSpan(context.active(), root) });
    root.end();
    const flushes = [() => logs.forceFlush(), () => spans.forceFlush()];
    for (const flush of order === 'logs first' ? flushes : flushes.reverse()) await flush();
  }
  await Promise.all([spans.shutdown(), logs.shutdown()]);
  expect(await variantsOf('as-logs')).toEqual([{ variant: 'on', exposures: 2, ok: 2, err: 0 }]);
});

interface SpanSketch {
  readonly flag?: string;
  readonly variant?: string;
  readonly traceId?: string;
  readonly parentSpanId?: string;
  readonly at?: number;
}

let spans = 0;
function aSpan({ flag, variant = 'on', traceId, parentSpanId, at = Date.now() }: SpanSketch): object {
  spans += 1;
  const attributes = flag === undefined ? {} : evaluationOf(flag, variant);
  return {
    traceId: traceId ?? `trace${spans}`.padEnd(32, '0').replace('trace', 'aaaaa'),
    spanId: spans.toString(16).padStart(16, '0'),
    parentSpanId,
    startTimeUnixNano: `${at}000000`,
    endTimeUnixNano: `${at + 20}000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  };
}

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, path = '/v1/traces'): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...aBearer(), ...headers } });
}

const requestOf = (...all: readonly object[]) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: all }] }] });

it('counts a request once that is delivered several times, also at the same moment', async () => {
  const request = requestOf(aSpan({ flag: 'repeated' }), aSpan({ flag: 'repeated', variant: 'off' }));
  const answers = await Promise.all([post(request), post(request), post(request)]);
  answers.push(await post(request));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await answers[0]?.json()).toEqual({});
  expect(await variantsOf('repeated')).toEqual([
    { variant: 'off', exposures: 1, ok: 1, err: 0 },
    { variant: 'on', exposures: 1, ok: 1, err: 0 },
  ]);
});

it('says what it has not counted as a partial success, and counts the rest', async () => {
  const sound = aSpan({ flag: 'half' });
  const old = aSpan({ flag: 'half', at: Date.now() - 49 * 3_600_000 });
  const answer = await post(requestOf(sound, aSpan({ flag: 'no-such-flag' }), aSpan({ flag: 'half', variant: 'blue' }), old));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    partialSuccess: {
      rejectedSpans: '3',
      errorMessage:
        'not counted: 1 evaluations of no flag of this environment; 1 evaluations of no variant of the flag; 1 evaluations older than 48 hours',
    },
  });
  expect(await variantsOf('half')).toEqual([{ variant: 'on', exposures: 1, ok: 1, err: 0 }]);
});

it('tells how many spans it refused, not how many evaluations', async () => {
  const attributes = Object.entries(evaluationOf('no-such-flag', 'on')).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const answer = await post(requestOf({ ...aSpan({}), events: [{ attributes }, { attributes }] }));
  const errorMessage = 'not counted: 2 evaluations of no flag of this environment';
  expect(await answer.json()).toEqual({ partialSuccess: { rejectedSpans: '1', errorMessage } });
});

it('takes 64-bit integers that are written as numbers', async () => {
  const now = Date.now();
  const span = aSpan({ flag: 'numbers' });
  const attributes = [...Object.entries(evaluationOf('numbers', 'on')), ['size', 0]].map(([key, value]) => ({
    key,
    value: key === 'size' ? { intValue: 1e18 } : { stringValue: value },
  }));
  const answer = await post(requestOf({ ...span, attributes, startTimeUnixNano: now * 1e6, endTimeUnixNano: (now + 20) * 1e6 }));
  expect(await answer.json()).toEqual({});
  expect(await variantsOf('numbers')).toEqual([{ variant: 'on', exposures: 1, ok: 1, err: 0 }]);
});

it('takes no latency from a trace that ended before it began', async () => {
  const span = aSpan({ flag: 'backwards' });
  expect((await post(requestOf({ ...span, startTimeUnixNano: `${Date.now() + 5_000}000000` }))).status).toBe(200);
  const { body } = await admin.get('/api/v1/projects/default/flags/backwards/environments/development/exposures');
  expect(body.totals).toMatchObject({ ok: 1, latency: null });
});

it('counts what came while the database was gone when it is delivered again', async () => {
  const request = requestOf(aSpan({ flag: 'cut' }));
  await server.database.query('ALTER TABLE rollup RENAME TO rollup_away');
  expect((await post(request)).status).toBeGreaterThanOrEqual(500);
  await server.database.query('ALTER TABLE rollup_away RENAME TO rollup');
  expect((await post(request)).status).toBe(200);
  expect(await variantsOf('cut')).toEqual([{ variant: 'on', exposures: 1, ok: 1, err: 0 }]);
});

const BINARY = { 'content-type': 'application/x-protobuf' };
const ZIPPED = { 'content-encoding': 'gzip' };

/** A request whose only list of spans is made of these bytes, compressed. */
function binaryRequest(spans: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytesField(1, bytesField(2, spans))));
}

function bytesField(number: number, value: Buffer): Buffer {
  const bytes = [number * 8 + 2];
  let rest = value.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.concat([Buffer.from([...bytes, rest]), value]);
}

it.each([
  ['empty spans in protobuf', binaryRequest(Buffer.alloc(2_000_000, Buffer.from([0x12, 0]))), { ...BINARY, ...ZIPPED }],
  ['empty spans in JSON', requestOf(...Array.from({ length: 20_001 }, () => ({}))), {}],
  ['spans that are none', `{"resourceSpans":[${'1,'.repeat(1_000_000)}1]}`, {}],
  ['nothing at all', new Uint8Array(gzipSync(`{"resourceSpans":[${'{},'.repeat(1_000_000)}{}]}`)), ZIPPED],
])('reads no request with too many of %s', async (_, body, headers) => {
  const answer = await post(body, headers);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('holds more than 20000 spans or log records; send less at once');
});

it.each([
  ['no JSON', '{', {}, 400],
  ['JSON of another shape', '{"resourceSpans":7}', {}, 400],
  ['no protobuf', new Uint8Array([10, 200, 1]), BINARY, 400],
  ['a field of another wire type', new Uint8Array([8, 1]), BINARY, 400],
  ['no gzip', 'x', { ...BINARY, 'content-encoding': 'gzip' }, 400],
  [
    'a small body that is large when unpacked',
    new Uint8Array(gzipSync(Buffer.alloc(20_000_000))),
    { ...BINARY, 'content-encoding': 'gzip' },
    413,
  ],
  ['a body of ten megabytes', ' '.repeat(10_000_000), {}, 413],
  ['another media type', 'x', { 'content-type': 'application/xml' }, 415],
  ['a key that opens nothing', '{}', { authorization: 'Bearer nothing' }, 401],
])('refuses %s with the Status that OTLP asks for', async (_, body, headers, status) => {
  const answer = await post(body, headers);
  expect(answer.status).toBe(status);
  const isBinary = 'content-type' in headers && headers['content-type'] === BINARY['content-type'];
  expect(answer.headers.get('content-type')).toMatch(isBinary ? /^application\/x-protobuf/ : /^application\/json/);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (isBinary) expect([bytes[0], bytes.length]).toEqual([0x12, 2 + (bytes[1] ?? 0)]);
  else expect(JSON.parse(bytes.toString())).toEqual({ message: expect.stringMatching(/./) });
  expect(await variantsOf('refused')).toEqual([]);
});
