/** Milliseconds since 1970 with fractions, the same in every process of a machine. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** The value below which this share of the numbers lies. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export async function pause(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
