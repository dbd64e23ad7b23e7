/** Time and chance, the only place they come from. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now(), random: () => Math.random() };
