import { io, type Socket } from 'socket.io-client';

/** What one test client was sent, in order, and ways to wait for it. */
export class TestClient {
  readonly messages: [event: string, content: unknown][] = [];
  readonly socket: Socket;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, auth: object) {
    const socket = io(`${url}/sdk`, { transports: ['websocket'], reconnection: false, forceNew: true, auth });
    this.socket = socket;
    socket.onAny((event: string, content: unknown) => this.#hear([event, content]));
    socket.on('connect', () => this.#hear(['connect', null]));
    socket.on('disconnect', () => this.#hear(['disconnect', null]));
    socket.on('connect_error', (error) => this.#hear(['refused', 'data' in error ? error.data : error.message]));
  }

  /** Settles as soon as this holds of the messages; the test's own timeout ends the waiting. */
  async until(holds: (messages: readonly [string, unknown][]) => boolean): Promise<void> {
    while (!holds(this.messages)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Settles once so many messages of this name were seen, with the last one's content. */
  async saw(event: string, times = 1): Promise<unknown> {
    await this.until((messages) => messages.filter(([name]) => name === event).length >= times);
    return this.messages.filter(([name]) => name === event)[times - 1]?.[1];
  }

  #hear(message: [string, unknown]): void {
    this.messages.push(message);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
