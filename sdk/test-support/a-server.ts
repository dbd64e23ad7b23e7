import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Flag } from '@ballast/evaluation';
import {
  type Change,
  checksumOf,
  type Delta,
  parseTelemetry,
  type Snapshot,
  snapshotOf,
  stateFrom,
  type TelemetryEnvelope,
} from '@ballast/protocol';
import { SnapshotFeeds, StreamHub } from '@ballast/streaming';
import { Server as SocketServer } from 'socket.io';

/** The key that the server lets in until `revoke` is called. */
export const KEY = 'sk_test_0123456789abcdef';
const ENVIRONMENT = 'default/test';

/** What goes wrong with a request: a status, a body of the wrong kind, a cut or no answer at all. */
export type Fault = number | 'garbage' | 'truncated' | 'hang';

/** A snapshot with these flags. */
export function aSnapshot(flags: readonly Flag[], revision = 1): Snapshot {
  const bare = { environment: ENVIRONMENT, revision, flags: Object.fromEntries(flags.map((flag) => [flag.key, flag])), segments: {} };
  return { ...bare, checksum: checksumOf(bare) };
}

/** A boolean flag with the variants on and off. */
export function aFlag(key: string, serving: 'on' | 'off' = 'on', changes: Partial<Flag> = {}): Flag {
  return {
    key,
    version: 1,
    type: 'boolean',
    state: 'on',
    variants: { on: true, off: false },
    offVariant: 'off',
    prerequisites: [],
    rules: [],
    default: { variant: serving },
    metadata: {},
    ...changes,
  };
}

/** The real stream hub and the same doors as the server's, over flags in memory. */
export class TestServer {
  /** Faults by path, without the query: `/sdk/v1/snapshot` … */
  readonly faults = new Map<string, Fault>();
  readonly paths: string[] = [];
  /** Paths of the requests that clients gave up. */
  readonly abandoned: string[] = [];
  readonly envelopes: TelemetryEnvelope[] = [];
  /** Bodies of all telemetry requests, those that were answered with a fault included. */
  readonly attempts: TelemetryEnvelope[] = [];
  /** Whether telemetry is taken but never answered. */
  losesAnswers = false;
  readonly feeds = new SnapshotFeeds();
  hub: StreamHub | undefined;
  sockets: SocketServer | undefined;
  /** What clients say of themselves when they connect. */
  readonly handshakes: object[] = [];
  #http: HttpServer | undefined;
  #port = 0;
  #isRevoked = false;
  readonly #wires = new Set<TcpSocket>();

  constructor(snapshot: Snapshot) {
    this.restore(snapshot);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get revision(): number {
    return this.feeds.head(ENVIRONMENT, 'server')?.revision ?? 0;
  }

  async start(): Promise<this> {
    const http = createServer((request, response) => void this.#answer(request, response));
    http.on('connection', (wire) => {
      this.#wires.add(wire);
      wire.on('close', () => this.#wires.delete(wire));
    });
    this.sockets = new SocketServer(http, { pingInterval: 200, pingTimeout: 200, serveClient: false });
    this.hub = new StreamHub(this.sockets.of('/sdk'), this.feeds, async (handshake) => {
      this.handshakes.push(handshake);
      if (this.#isRevoked || handshake.key !== KEY) return { status: 401, code: 'key.unknown' };
      return { environmentId: ENVIRONMENT, view: 'server', keyId: KEY };
    });
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    return this;
  }

  /** Ends everything at once, as a crash does; `start` brings it back on the same port. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#http?.close(resolve));
    for (const wire of this.#wires) wire.destroy();
    await this.sockets?.close();
    await closed;
  }

  /** Replaces the whole environment; connected clients are told to fetch it. */
  restore(snapshot: Snapshot): void {
    const made = stateFrom(snapshot);
    if ('problem' in made) throw new Error(made.problem);
    this.feeds.open(ENVIRONMENT, 'server', made.state);
  }

  /** Changes flags in the next revision and tells every client. */
  change(...flags: readonly Flag[]): Delta {
    const delta = this.deltaTo(...flags);
    this.feeds.publish(ENVIRONMENT, 'server', delta);
    return delta;
  }

  /** The delta that `change` would publish. */
  deltaTo(...flags: readonly Flag[]): Delta {
    const state = this.feeds.state(ENVIRONMENT, 'server');
    if (!state) throw new Error('no state');
    const before = snapshotOf(state);
    const after = { flags: { ...before.flags, ...Object.fromEntries(flags.map((flag) => [flag.key, flag])) }, segments: before.segments };
    const changes: Change[] = flags.map((flag) => ({ kind: 'flag', key: flag.key, value: flag }));
    return { environment: ENVIRONMENT, from: state.revision, to: state.revision + 1, checksum: checksumOf(after), changes };
  }

  /** Stops reading from and writing to every socket, as a network does that drops everything; `release` ends that. */
  hold(): void {
    for (const wire of this.#wires) {
      wire.cork();
      wire.pause();
    }
  }

  release(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  revoke(): void {
    this.#isRevoked = true;
    this.hub?.disconnectKey(KEY);
  }

  /** How many websockets clients hold. */
  get streams(): number {
    return this.sockets?.engine.clientsCount ?? 0;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    if (pathname.startsWith('/socket.io')) return;
    this.paths.push(pathname);
    response.once('close', () => response.writableEnded || this.abandoned.push(pathname));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
    const fault = this.faults.get(pathname);
    if (pathname.endsWith('/telemetry')) this.attempts.push(JSON.parse(body));
    if (fault !== undefined) return fail(response, fault);
    if (this.#isRevoked || request.headers.authorization !== `Bearer ${KEY}`)
      return void response.writeHead(401).end('{"code":"auth.invalid"}');
    if (pathname.endsWith('/snapshot')) response.end(this.feeds.body(ENVIRONMENT, 'server')?.json);
    else if (pathname.endsWith('/changes')) this.#changes(searchParams, response);
    else this.#telemetry(body, response);
  }

  #changes(query: URLSearchParams, response: ServerResponse): void {
    const [since, checksum] = [query.get('since'), query.get('checksum')].map(Number);
    const found = this.feeds.since(ENVIRONMENT, 'server', since ?? 0, checksum);
    if (found === 'current') response.writeHead(204).end();
    else if (typeof found === 'string') fail(response, 410);
    else response.end(JSON.stringify(found));
  }

  #telemetry(body: string, response: ServerResponse): void {
    const envelope = parseTelemetry(JSON.parse(body));
    if (typeof envelope === 'string') {
      response.writeHead(400).end(envelope);
      return;
    }
    const isKnown = this.envelopes.some(({ instance, seq }) => instance === envelope.instance && seq === envelope.seq);
    if (!isKnown) this.envelopes.push(envelope);
    if (this.losesAnswers) response.destroy();
    else response.writeHead(200).end(JSON.stringify({ duplicate: isKnown }));
  }
}

function fail(response: ServerResponse, fault: Fault): void {
  if (typeof fault === 'number') response.writeHead(fault).end('{"code":"fault"}');
  if (fault === 'garbage') response.end('<html>not what you asked for</html>');
  if (fault === 'truncated') {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('{"environment":');
    response.destroy();
  }
}

/** A running server with these flags. */
export function aServer(...flags: readonly Flag[]): Promise<TestServer> {
  return new TestServer(aSnapshot(flags)).start();
}
