/** What to add to `performance.now()`: taken at the ticks of the clock of the wall, the one that was noticed soonest. */
function anchorOf(ticks) {
  let anchor = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < ticks; i++) {
    const before = Date.now();
    let wall = before;
    while (wall === before) wall = Date.now();
    anchor = Math.max(anchor, wall - performance.now());
  }
  return anchor;
}

const anchor = anchorOf(10);

/** Milliseconds since 1970 with fractions, the same in every process of a machine and in PostgreSQL. */
export function now() {
  return anchor + performance.now();
}

/** The value below which this share of the numbers lies. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export async function pause(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
