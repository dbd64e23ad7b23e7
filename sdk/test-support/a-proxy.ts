import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What stands between clients and a server: it passes bytes on, and may kill each websocket once its client is let in. */
export class TestProxy {
  killsSockets = false;
  /** How many websockets were killed. */
  killed = 0;
  readonly #server: Server;
  readonly #wires = new Set<Socket>();

  constructor(target: URL) {
    this.#server = createServer((inward) => this.#pass(inward, connect(Number(target.port), target.hostname)));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Ends every connection there is. */
  cut(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #pass(inward: Socket, outward: Socket): void {
    for (const [from, to] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      this.#wires.add(from);
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.#wires.delete(from);
        to.destroy();
      });
    }
    inward.on('data', (bytes) => outward.write(bytes));
    outward.on('data', (bytes) => {
      const isLetIn = this.killsSockets && bytes.includes('40/sdk,');
      if (isLetIn) this.killed++;
      if (isLetIn) inward.end(bytes.subarray(0, endOfFrame(bytes)));
      else inward.write(bytes);
    });
  }
}

/** Where the short websocket frame ends that says a client is let in: nothing that follows it gets through. */
function endOfFrame(bytes: Buffer): number {
  const start = bytes.indexOf('40/sdk,');
  return start + Number(bytes[start - 1]);
}

/** A running proxy before a server. */
export function aProxy(url: string): Promise<TestProxy> {
  return new TestProxy(new URL(url)).start();
}
