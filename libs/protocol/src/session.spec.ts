import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EventInWords, eventOf, inWords } from '../test/session-words.js';
import { connectDue, NONE, newSession, type Session, type SessionEffects, step, UP } from './index.js';

/** A client in a world that decides what comes of its actions; it keeps the promises the session relies on. */
class World {
  session: Session = newSession(30_000);
  readonly emitted: string[] = [];
  fetching: 'snapshot' | 'changes' | null = null;
  socket: 'opening' | 'up' | null = null;
  readonly timers = new Set<'connect' | 'fetch'>();
  resyncs = 0;

  take(event: EventInWords): void {
    this.session = step(this.session, eventOf(event), () => 0.5);
    for (const action of this.session.actions) action(this.#effects);
  }

  readonly #effects: SessionEffects = {
    connect: () => {
      expect(this.socket).toBeNull();
      this.socket = 'opening';
    },
    disconnect: () => {
      this.socket = null;
    },
    wake: (event) => void this.timers.add(event === connectDue ? 'connect' : 'fetch'),
    fetch: (since) => {
      expect(this.fetching).toBeNull();
      this.fetching = since === NONE ? 'snapshot' : 'changes';
    },
    resync: () => {
      this.resyncs++;
    },
    adopt: () => {},
    receipt: () => {},
    persist: () => {},
    emit: (event) => void this.emitted.push(event),
    fail: () => {},
  };

  /** Lets one thing happen that can happen now; `choice` picks among good and bad. */
  stir(choice: number, server: number): void {
    const possible = [...this.#fetchEnds(server), ...this.#socketTells(server), ...this.#timersEnd()];
    possible[choice % Math.max(1, possible.length)]?.();
  }

  #fetchEnds(server: number): (() => void)[] {
    const kind = this.fetching;
    if (kind === null) return [];
    const ended = (event: EventInWords) => () => {
      this.fetching = null;
      this.take(event);
    };
    const failed = [0, 500].map((status) => ended({ kind: 'fetchFailed', status, problem: 'down' }));
    if (kind === 'snapshot') return [...failed, ended({ kind: 'snapshot', revision: server })];
    return [...failed, ended({ kind: 'fetchFailed', status: 410, problem: 'gone' }), ended({ kind: 'current' })];
  }

  #socketTells(server: number): (() => void)[] {
    const lost = (event: EventInWords) => () => {
      this.socket = null;
      this.take(event);
    };
    if (this.socket === null) return [];
    const end = [lost({ kind: 'disconnected' }), lost({ kind: 'silence' })];
    if (this.socket === 'opening') {
      const up = () => {
        this.socket = 'up';
        this.take({ kind: 'connected' });
      };
      return [...end, up];
    }
    const tell = (event: EventInWords) => () => this.take(event);
    const gap = { outcome: 'resync', because: 'gap' } as const;
    return [
      ...end,
      tell({ kind: 'reset', revision: server }),
      tell({ kind: 'delta', to: server, via: 'stream', result: gap }),
      tell({ kind: 'delta', to: server, via: 'stream', result: { outcome: 'resync', because: 'checksum' } }),
      tell({ kind: 'goodbye', reason: 'draining' }),
    ];
  }

  #timersEnd(): (() => void)[] {
    return [...this.timers].map((timer) => () => {
      this.timers.delete(timer);
      this.take({ kind: 'due', timer });
    });
  }

  /** From now on everything works: requests answer, connections open, whoever is connected is told, a resync is answered. */
  recover(server: number): void {
    if (this.socket === 'up') this.take({ kind: 'reset', revision: server });
    for (let turn = 0; turn < 30; turn++) {
      if (this.fetching !== null) {
        const { fetching } = this;
        this.fetching = null;
        const isCurrent = fetching === 'changes' && this.session.held === server;
        const applied = { kind: 'delta', to: server, via: 'http', result: { outcome: 'applied', changed: [] } } as const;
        if (fetching === 'snapshot') this.take({ kind: 'snapshot', revision: server });
        else this.take(isCurrent ? { kind: 'current' } : applied);
      }
      if (this.socket === 'opening') {
        this.socket = 'up';
        this.take({ kind: 'connected' });
        if (this.session.held !== server) this.take({ kind: 'reset', revision: server });
      }
      if (this.resyncs > 0 && this.socket === 'up') this.take({ kind: 'reset', revision: server });
      this.resyncs = 0;
      for (const end of this.#timersEnd()) end();
    }
  }
}

it('becomes ready and current whatever went wrong before, and never without data', () => {
  const start = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
  const troubles = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 9 })), { maxLength: 40 });
  fc.assert(
    fc.property(start, troubles, (held, events) => {
      const world = new World();
      world.take({ kind: 'start', ...(held !== undefined && { held }) });
      for (const [choice, server] of events) {
        world.stir(choice, server);
        if (world.session.status === 'ready') expect(world.session.held).toBeGreaterThan(NONE);
      }
      world.recover(10);
      expect(world.session).toMatchObject({ status: 'ready', cached: false, held: 10, link: UP, fetching: false });
    }),
    { numRuns: 2000 },
  );
});

it('says ready and stale in turns', () => {
  const troubles = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 9 })), { maxLength: 60 });
  fc.assert(
    fc.property(troubles, (events) => {
      const world = new World();
      world.take({ kind: 'start' });
      for (const [choice, server] of events) world.stir(choice, server);
      const told = world.emitted.filter((event) => event === 'ready' || event === 'stale');
      expect(told).toEqual(told.map((_, i) => (i % 2 === 0 ? 'ready' : 'stale')));
    }),
  );
});

it('waits anything between nothing and a bound that stops at 30 seconds', () => {
  const waits = (random: number) => {
    let session = newSession(30_000);
    const take = (event: EventInWords) => {
      session = step(session, eventOf(event), () => random);
      return inWords(session.actions);
    };
    take({ kind: 'start' });
    return Array.from({ length: 12 }, () => {
      const said = take({ kind: 'fetchFailed', status: 500, problem: 'down' });
      take({ kind: 'due', timer: 'fetch' });
      return Number(said.find((words) => words.startsWith('wake fetch'))?.slice('wake fetch'.length));
    });
  };
  expect(waits(0)).toEqual(Array.from({ length: 12 }, () => 0));
  expect(Math.max(...waits(0.999_999))).toBe(14_999);
  expect(waits(0.999_999).slice(0, 3)).toEqual([999, 1999, 3999]);
});

it('leaves the session it was given as it was', () => {
  const session = Object.freeze(newSession(30_000));
  expect(step(session, eventOf({ kind: 'start', held: 3 }), () => 0)).not.toBe(session);
});
