import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What a proxy does with a connection: `pass` bytes on, `swallow` them without a word, `deafen` whoever called (only the way
 * back is swallowed: half open), `stall` (no bandwidth: nobody reads, so both sides fill up), `refuse` (end it at once), or
 * pass them `late` by some milliseconds.
 */
export type Manner = 'pass' | 'swallow' | 'deafen' | 'stall' | 'refuse' | { readonly late: number };

/** One connection through the proxy. */
export interface Wire {
  /** Its first bytes from the caller, as Latin-1: the start of a request, or of a PostgreSQL session. */
  readonly opening: string;
}

interface Held extends Wire {
  opening: string;
  manner: Manner;
  readonly inward: Socket;
  readonly outward: Socket;
}

const OPENING_BYTES = 1_024;

/** A TCP proxy that passes bytes on until told otherwise, for all connections or for chosen ones. */
export class TcpProxy {
  readonly #server: Server;
  readonly #wires = new Set<Held>();
  #targets: readonly URL[];
  #manner: Manner = 'pass';
  #turn = 0;
  /** Connections made since the start. */
  opened = 0;

  constructor(targets: readonly string[]) {
    this.#targets = targets.map((target) => new URL(target));
    this.#server = createServer({ allowHalfOpen: false }, (inward) => this.#open(inward));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wires(): readonly Wire[] {
    return [...this.#wires];
  }

  /** Whether nothing of this connection gets through any more. */
  isSilent(wire: Wire): boolean {
    return [...this.#wires].some((held) => held === wire && isSilent(held.manner));
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** New connections go to these from now on, in turn; those that do not answer are passed over. */
  leadTo(targets: readonly string[]): void {
    this.#targets = targets.map((target) => new URL(target));
  }

  /** What becomes of bytes from now on: of all connections, also of those to come, or only of chosen ones that are open. */
  behave(manner: Manner, which?: (wire: Wire) => boolean): number {
    if (which === undefined) this.#manner = manner;
    const chosen = [...this.#wires].filter((wire) => which?.(wire) ?? true);
    for (const wire of chosen) this.#set(wire, manner);
    return chosen.length;
  }

  /** Ends connections with a reset. */
  cut(which: (wire: Wire) => boolean = () => true): void {
    for (const wire of [...this.#wires].filter(which)) {
      wire.inward.destroy();
      wire.outward.destroy();
    }
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #set(wire: Held, manner: Manner): void {
    wire.manner = manner;
    if (manner === 'refuse') wire.inward.destroy();
    for (const socket of [wire.inward, wire.outward]) manner === 'stall' ? socket.pause() : socket.resume();
  }

  #open(inward: Socket): void {
    inward.on('error', () => inward.destroy());
    if (this.#manner === 'refuse') {
      inward.destroy();
      return;
    }
    this.opened += 1;
    inward.pause();
    this.#reach(inward, this.#targets.length);
  }

  /** Connects to the next target, or to the one after it if nobody is there. */
  #reach(inward: Socket, tries: number): void {
    const target = this.#targets[this.#turn++ % Math.max(1, this.#targets.length)];
    if (target === undefined || tries === 0 || inward.destroyed) {
      inward.destroy();
      return;
    }
    const outward = connect(Number(target.port), target.hostname);
    const again = () => this.#reach(inward, tries - 1);
    outward.once('error', again);
    outward.once('connect', () => {
      outward.off('error', again);
      this.#join(inward, outward);
    });
  }

  #join(inward: Socket, outward: Socket): void {
    const wire: Held = { opening: '', manner: this.#manner, inward, outward };
    this.#wires.add(wire);
    outward.on('error', () => outward.destroy());
    for (const [from, to] of [
      [inward, outward],
      [outward, inward],
    ] as const)
      from.on('close', () => {
        this.#wires.delete(wire);
        if (isSilent(wire.manner)) void once(to, 'close');
        else to.destroy();
      });
    inward.on('data', (bytes) => {
      if (wire.opening.length < OPENING_BYTES) wire.opening += bytes.toString('latin1').slice(0, OPENING_BYTES);
      void this.#pass(wire, outward, bytes);
    });
    outward.on('data', (bytes) => void this.#pass(wire, inward, bytes));
    if (inward.destroyed) outward.destroy();
    else this.#set(wire, wire.manner);
  }

  async #pass(wire: Held, to: Socket, bytes: Buffer): Promise<void> {
    const { manner } = wire;
    if (manner === 'swallow' || (manner === 'deafen' && to === wire.inward)) return;
    if (typeof manner === 'object') await delay(manner.late);
    if (!to.destroyed) to.write(bytes);
  }
}

/** Whoever is at the other end of a silent connection is not told either when this end of it is gone. */
function isSilent(manner: Manner): boolean {
  return manner === 'swallow' || manner === 'deafen' || manner === 'stall';
}

/** A running proxy before one or more targets. */
export function aProxy(...targets: readonly string[]): Promise<TcpProxy> {
  return new TcpProxy(targets).start();
}
