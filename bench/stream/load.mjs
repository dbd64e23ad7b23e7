// One request again and again on each of many connections, as fast as the answers come. Every connection comes from an address of its own, as
// clients do. The same for every server; in a process of its own.
import { connect } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** One connection. */
class Caller {
  count = 0;
  bytes = 0;
  #left = 0;
  #isChunked = false;
  #isBody = false;

  constructor({ port, request, status }, number, finished) {
    this.request = request;
    this.status = `HTTP/1.1 ${status}`;
    this.finished = finished;
    this.socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + number}`, noDelay: true });
    this.socket.on('data', (data) => this.#hear(data));
    this.socket.once('close', () => {
      if (!finished()) throw new Error('the server closed a connection');
    });
    this.socket.once('connect', () => this.ask());
  }

  ask() {
    this.since = process.hrtime.bigint();
    this.socket.write(this.request);
  }

  #hear(data) {
    this.bytes += data.length;
    if (!this.#isBody) return this.#head(data);
    this.#left -= data.length;
    if (this.#isChunked ? data.subarray(-5).equals(LAST_CHUNK) : this.#left === 0) return this.#end();
    return undefined;
  }

  #head(data) {
    const end = data.indexOf(END_OF_HEAD);
    const head = data.latin1Slice(0, end).toLowerCase();
    if (!head.startsWith(this.status.toLowerCase())) throw new Error(`unexpected: ${data.latin1Slice(0, 500)}`);
    this.#isChunked = head.includes('transfer-encoding: chunked');
    const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
    this.#left = length - (data.length - end - 4);
    this.#isBody = true;
    if (this.#isChunked ? data.subarray(-5).equals(LAST_CHUNK) : this.#left === 0) this.#end();
  }

  #end() {
    this.count += 1;
    this.#isBody = false;
    if (!this.finished()) this.ask();
  }
}

/** Requests per second and bytes per answer. */
async function load({ ms, connections, ...target }) {
  let isOver = false;
  const callers = Array.from({ length: connections }, (_, i) => new Caller(target, i, () => isOver));
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  isOver = true;
  const seconds = (performance.now() - began) / 1_000;
  for (const { socket } of callers) socket.destroy();
  const sum = (of) => callers.reduce((total, caller) => total + of(caller), 0);
  const count = sum((caller) => caller.count);
  return { perSecond: count / seconds, bytes: sum((caller) => caller.bytes) / Math.max(1, count) };
}

process.on('message', async (message) => process.send(await load(message)));

// Nobody is left behind when the bench is interrupted.
process.once('disconnect', () => process.exit(1));
