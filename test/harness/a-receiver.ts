import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that a receiver got. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

/** How a receiver answers; the first request is number 0. */
export type Manners = (response: ServerResponse, heard: Heard, index: number) => void;

/** Somebody else's server: it keeps what it hears and answers as it is told to. */
export class Receiver {
  readonly heard: Heard[] = [];
  manners: Manners;
  readonly #server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { method = '', url = '', headers } = request;
    const heard = { method, path: url, headers, body, json: body === '' ? null : JSON.parse(body) };
    this.heard.push(heard);
    this.manners(response, heard, this.heard.length - 1);
  });

  constructor(manners: Manners) {
    this.manners = manners;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

/** Starts a receiver that says yes to everything unless told otherwise. */
export function aReceiver(manners: Manners = (response) => response.writeHead(204).end()): Promise<Receiver> {
  return new Receiver(manners).start();
}
