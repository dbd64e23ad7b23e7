/** A source of numbers in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed, everywhere (mulberry32, by Tommy Ettinger, public domain). */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Counts of independent events with a mean, by inversion of the distribution function. */
export function poissonFrom(mean: number, random: Random): () => number {
  const reached = distribution(mean);
  const first = reached.findIndex((share) => share > 1e-12);
  return () => {
    const drawn = random();
    let count = first;
    while (count < reached.length - 1 && (reached[count] ?? 1) <= drawn) count += 1;
    return count;
  };
}

/** The chance of at most so many events, by their number, as far as doubles can tell it from 1. */
function distribution(mean: number): readonly number[] {
  let logTerm = -mean;
  let sum = Math.exp(logTerm);
  const reached = [sum];
  for (let count = 1; sum < 1 - 1e-12 && count < 10 * (mean + 10); count++) {
    logTerm += Math.log(mean / count);
    sum += Math.exp(logTerm);
    reached.push(sum);
  }
  return reached;
}
