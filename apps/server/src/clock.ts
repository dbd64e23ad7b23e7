/** The only place time comes from, so that tests can stand on a moment of their own. */
export abstract class Clock {
  /** Epoch milliseconds. */
  abstract now(): number;

  /** How long to wait until this clock has gone so many milliseconds. */
  wait(ms: number): number {
    return ms;
  }
}

/** Smaller differences are those of measuring. */
const TOLERANCE_MS = 1_000;

/** The machine's own clock, put right by the one that all servers share. */
export class SystemClock extends Clock {
  private offset = 0;

  now(): number {
    return Date.now() + this.offset;
  }

  /** The machine's time as it is. */
  machine(): number {
    return Date.now();
  }

  /** Goes by a clock that is ahead of the machine's by so much from now on; answers whether that moves it. */
  follow(aheadMs: number): boolean {
    const before = this.offset;
    if (Math.abs(aheadMs - before) >= TOLERANCE_MS) this.offset = Math.abs(aheadMs) < TOLERANCE_MS ? 0 : Math.round(aheadMs);
    return this.offset !== before;
  }
}
