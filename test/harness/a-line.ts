import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FrameReader, textFrame } from './websocket-frames.js';

/** What becomes of HTTP requests on their way: an answer with a status, one of the wrong kind, one that is cut off, or none at all. */
export type Fault = number | 'garbage' | 'truncated' | 'hang';

/** Makes of a text that a socket's server says what its client hears. */
export type Distortion = (text: string) => readonly string[];

/** How often a client hears a heartbeat: oftener than the server's, so that a test need not wait for one that is missed. */
const HEARTBEAT_MS = 100;

/** The line between clients and a server, with faults on demand. */
export class Line {
  /** Becomes of every HTTP request while it is set. */
  fault: Fault | undefined;
  /** Whether websockets are let through; where they are not, their connections end. */
  takesSockets = true;
  distortion: Distortion = (text) => [text];
  /** Whether the server gets what is posted and nobody gets its answer. */
  losesAnswers = false;
  /** How many answers were lost. */
  lost = 0;
  /** How many HTTP requests came along, and how many websockets were let through. */
  requests = 0;
  sockets = 0;
  readonly #target: URL;
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));
  readonly #wires = new Set<Duplex>();
  /** Websockets through which nothing comes any more, though they are open. */
  readonly #dead = new WeakSet<Duplex>();
  #port = 0;
  #isSilent = false;

  constructor(url: string) {
    this.#target = new URL(url);
    this.#server.on('connection', (wire) => this.#keep(wire));
    this.#server.on('upgrade', (asked, inward) => this.#upgrade(asked, inward));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Lets connections in, on the port that it had before. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection and refuses new ones, as where no server runs. */
  async down(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const wire of this.#wires) wire.destroy();
    await closed;
  }

  /** From now on nothing gets through either way, and nobody is told. */
  silence(): void {
    this.#isSilent = true;
    for (const wire of this.#wires) this.#dead.add(wire);
  }

  /** Requests and new websockets get through again; those that are open stay dead. */
  speak(): void {
    this.#isSilent = false;
  }

  #keep(wire: Duplex): void {
    this.#wires.add(wire);
    wire.on('error', () => wire.destroy());
    wire.on('close', () => this.#wires.delete(wire));
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    this.requests++;
    if (this.#isSilent || this.fault === 'hang') return;
    if (this.fault !== undefined) {
      fail(answer, this.fault);
      return;
    }
    const { method = 'GET', url = '/', headers } = asked;
    const { hostname, port } = this.#target;
    const onward = request({ hostname, port, method, path: url, headers, agent: false }, (got) => {
      if (this.losesAnswers && method === 'POST') {
        this.lost++;
        answer.destroy();
        return;
      }
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }

  #upgrade({ method, url, rawHeaders }: IncomingMessage, inward: Duplex): void {
    if (!this.takesSockets) {
      inward.destroy();
      return;
    }
    this.sockets++;
    if (this.#isSilent) this.#dead.add(inward);
    const outward = connect(Number(this.#target.port), this.#target.hostname);
    this.#keep(outward);
    const lines = rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    outward.write(`${method} ${url} HTTP/1.1\r\n${lines}\r\n`);
    inward.on('data', (bytes) => this.#dead.has(inward) || outward.write(bytes));
    inward.on('close', () => outward.destroy());
    outward.on('close', () => this.#dead.has(inward) || inward.destroy());
    this.#follow(outward, inward);
  }

  /** Hands on the answer to the upgrade as it is, then frame by frame. */
  #follow(outward: Socket, inward: Duplex): void {
    const hear = (bytes: Buffer): void => void (this.#dead.has(inward) || inward.write(bytes));
    const frames = new FrameReader();
    let head = Buffer.alloc(0);
    let isOpen = false;
    outward.on('data', (bytes: Buffer) => {
      if (!isOpen) head = Buffer.concat([head, bytes]);
      const end = head.indexOf('\r\n\r\n') + 4;
      if (!isOpen && end < 4) return;
      if (!isOpen) hear(head.subarray(0, end));
      const rest = isOpen ? bytes : head.subarray(end);
      isOpen = true;
      for (const { text, bytes: whole } of frames.read(rest)) {
        if (text === undefined) hear(whole);
        else for (const said of this.#hurried(text, inward, hear)) hear(textFrame(said));
      }
    });
  }

  /** What the client hears of a text; told of a shorter heartbeat at the start, it hears that heartbeat too. */
  #hurried(text: string, inward: Duplex, hear: (bytes: Buffer) => void): readonly string[] {
    if (!text.startsWith('0{')) return this.distortion(text);
    const beats = setInterval(() => hear(textFrame('2')), HEARTBEAT_MS);
    inward.on('close', () => clearInterval(beats));
    return [`0${JSON.stringify({ ...JSON.parse(text.slice(1)), pingInterval: 2 * HEARTBEAT_MS, pingTimeout: 4 * HEARTBEAT_MS })}`];
  }
}

function fail(answer: ServerResponse, fault: Exclude<Fault, 'hang'>): void {
  if (typeof fault === 'number') answer.writeHead(fault).end('{"code":"fault"}');
  if (fault === 'garbage') answer.end('<html>not what was asked for</html>');
  if (fault === 'truncated') {
    answer.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    answer.write('{"environment":', () => answer.destroy());
  }
}

/** A line to a server that is up. */
export async function aLine(url: string): Promise<Line> {
  const line = new Line(url);
  await line.up();
  return line;
}
