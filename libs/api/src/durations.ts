import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function isUnit(unit: string | undefined): unit is keyof typeof UNITS {
  return unit !== undefined && Object.hasOwn(UNITS, unit);
}

/** Milliseconds of a duration such as `500ms`, `5s`, `10m`, `24h` or `7d`; null when it is none. */
export function durationMs(text: string): number | null {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return isUnit(unit) ? Number(number) * UNITS[unit] : null;
}

/** A duration of at most so much; parsed to milliseconds. */
export function durationUpTo(most: string) {
  const mostMs = durationMs(most) ?? 0;
  return z
    .string()
    .regex(/^\d{1,9}(?:ms|s|m|h|d)$/, 'must be a duration such as 500ms, 5s, 10m, 24h or 7d')
    .refine((text) => (durationMs(text) ?? 0) <= mostMs, `must be at most ${most}`)
    .transform((text) => durationMs(text) ?? 0);
}
