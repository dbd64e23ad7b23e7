import type { Answer, Ask, GoodbyeReason, Reset, Resync } from '@ballast/protocol';
import { parseAsk, parseGoodbye, parseReset } from '@ballast/protocol';
import {
  type KeyList,
  type PairDelta,
  parseKeyList,
  parseMoment,
  parsePairDelta,
  parseWelcome,
  RELAY_NAMESPACE,
  type Welcome,
} from '@ballast/streaming';
import { io, type Socket } from 'socket.io-client';
import type { Clock } from './clock.js';

const CONNECT_TIMEOUT_MS = 10_000;
const REFRESH_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** What is heard from upstream. */
export interface UpstreamEvents {
  welcome(welcome: Welcome): void;
  keys(list: KeyList): void;
  delta(pair: PairDelta): void;
  /** Something came that should have been a delta. */
  garbled(problem: string): void;
  reset(reset: Reset): void;
  stale(): void;
  ask(ask: Ask): void;
  /** What time it is upstream. */
  moment(now: number): void;
  /** The connection is gone, or could not be made. */
  lost(because: string): void;
}

/** Whom to connect to, and as whom. */
export interface UpstreamTarget {
  readonly url: string;
  readonly key: string;
  readonly instance: string;
  /** `name/version` of the relay. */
  readonly relay: string;
  /** What is held, if anything. */
  readonly held: () => Resync;
  /** How often it is asked whether it is there, and how long it may take to say so. */
  readonly aliveMs: number;
}

/** The one connection to upstream, opened again for ever with full jitter. */
export class UpstreamSocket {
  readonly #target: UpstreamTarget;
  readonly #events: UpstreamEvents;
  readonly #clock: Clock;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(target: UpstreamTarget, events: UpstreamEvents, clock: Clock) {
    this.#target = target;
    this.#events = events;
    this.#clock = clock;
  }

  /** Whether the connection is open. */
  get isConnected(): boolean {
    return this.#socket?.connected === true;
  }

  /** Starts one attempt to connect. */
  open(): void {
    const { origin, pathname } = new URL(this.#target.url);
    const { key, instance, relay, held } = this.#target;
    const socket = io(`${origin}${RELAY_NAMESPACE}`, {
      path: `${pathname.replace(/\/$/, '')}/socket.io`,
      auth: { key, instance, sdk: relay, ...held() },
      transports: ['websocket'],
      timeout: CONNECT_TIMEOUT_MS,
      reconnection: false,
      forceNew: true,
    });
    this.#socket = socket;
    socket.on('connect_error', (error) => this.#lose(`refused: ${error.message}`));
    socket.on('disconnect', (reason) => this.#lose(reason));
    socket.on('goodbye', (message: unknown) => this.#leave(parseGoodbye(message).reason));
    this.#listen(socket);
    this.#watch(socket);
  }

  /** Asks upstream to look for news; settles when all that it found was sent. */
  async refresh(): Promise<void> {
    if (!this.#socket?.connected) throw new Error('there is no connection to upstream');
    await this.#socket.timeout(REFRESH_TIMEOUT_MS).emitWithAck('refresh');
  }

  /** Asks for what follows what is held; without anything for a reset. */
  resync(held: Resync): void {
    this.#socket?.emit('resync', held);
  }

  /** Answers a question. */
  answer(answer: Answer): void {
    this.#socket?.emit('answer', answer);
  }

  /** Closes for good. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  #listen(socket: Socket): void {
    const { welcome, keys, delta, garbled, reset, stale, ask } = this.#events;
    const hear = <T>(event: string, parse: (value: unknown) => T | string, pass: (message: T) => void) =>
      socket.on(event, (value: unknown) => {
        const message = parse(value);
        if (typeof message === 'string') garbled(message);
        else pass(message);
      });
    hear('welcome', parseWelcome, (message) => {
      this.#failures = 0;
      welcome(message);
    });
    hear('keys', parseKeyList, keys);
    hear('delta', parsePairDelta, delta);
    hear('reset', parseReset, reset);
    socket.on('stale', stale);
    socket.on('ask', (value: unknown) => {
      const message = parseAsk(value);
      if (typeof message !== 'string') ask(message);
    });
  }

  /** A connection that died silently is found out long before TCP gives it up. */
  #watch(socket: Socket): void {
    socket.on('connect', () => this.#askAlive(socket));
  }

  #askAlive(socket: Socket): void {
    const { aliveMs } = this.#target;
    this.#timer = setTimeout(() => {
      socket.timeout(aliveMs).emit('alive', (error: unknown, moment: unknown) => {
        if (this.#socket !== socket) return;
        if (error) this.#lose('silence');
        else this.#askAlive(socket);
        const now = parseMoment(moment);
        if (typeof now === 'number') this.#events.moment(now);
      });
    }, aliveMs);
  }

  /** Another server of upstream is there at once: no pause. */
  #leave(reason: GoodbyeReason): void {
    if (reason === 'draining') this.#failures = -1;
    this.#lose(`goodbye: ${reason}`);
  }

  #lose(because: string): void {
    if (this.#socket === undefined || this.#isClosed) return;
    this.#drop();
    clearTimeout(this.#timer);
    const bound = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), this.#clock.random() * bound);
    this.#events.lost(because);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.off();
    socket?.disconnect();
  }
}
