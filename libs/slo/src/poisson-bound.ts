/** `qchisq(0.05, 2x) / 2` where the closed form is more than 0.5 % off. */
const EXACT = [0, 0.05129329439, 0.3553615107, 0.8176914472];
const Z95 = 1.64485;

/**
 * The 95 % lower bound of the mean of a Poisson count: the number of failures that is to be believed when `failures` were seen.
 * Wilson and Hilferty's approximation of `qchisq(0.05, 2x) / 2`; exact values up to 3.
 */
export function lowerBound95(failures: number): number {
  const exact = EXACT[failures];
  // Counts of Prometheus need not be whole; the closed form is below zero for the smallest ones.
  return exact ?? Math.max(0, failures * (1 - 1 / (9 * failures) - Z95 / (3 * Math.sqrt(failures))) ** 3);
}
