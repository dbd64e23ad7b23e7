/** One minute in milliseconds. */
export const MINUTE = 60_000;
/** One hour in milliseconds. */
export const HOUR = 60 * MINUTE;
/** One day in milliseconds. */
export const DAY = 24 * HOUR;

const UNITS = [
  { size: 7 * DAY, unit: 'w' },
  { size: DAY, unit: 'd' },
  { size: HOUR, unit: 'h' },
  { size: MINUTE, unit: 'm' },
] as const;

const SHORT_TEXT = /^([1-9]\d{0,5})([mhdw])$/;

/** The shortest text for whole minutes: `5m`, `6h`, `3d`, `4w`. */
export function durationText(ms: number): string {
  const { size, unit } = UNITS.find(({ size }) => ms >= size && ms % size === 0) ?? { size: MINUTE, unit: 'm' };
  return `${Math.round(ms / size)}${unit}`;
}

/** Milliseconds of a text such as `5m`, `6h`, `3d`, `4w`; null when it is none. Months, quarters and years have no fixed length. */
export function durationMs(text: string): number | null {
  const [, count, unit] = SHORT_TEXT.exec(text) ?? [];
  const found = UNITS.find((candidate) => candidate.unit === unit);
  return found === undefined ? null : Number(count) * found.size;
}
