import type { View } from '@ballast/protocol';

/** What one series counts: '' stands for no variant and no stage, `trust` is the view of the key that it was sent with. */
export interface SeriesNames {
  readonly flag: string;
  readonly version: number;
  readonly variant: string;
  readonly reason: string;
  readonly stage: string;
  readonly trust: View;
}

/** A series of an environment; there is one object for each at a time, which knows its number in the database once it was looked up. */
export interface Series extends SeriesNames {
  readonly environmentId: string;
  id: number | null;
}

/** The reason of the series that counts what has no series of its own. */
export const OVERFLOW = 'OVERFLOW';

/** One text for each series of a flag: what stands between its parts is in no text that can be stored. */
export function seriesKey({ version, variant, reason, stage }: Omit<SeriesNames, 'flag' | 'trust'>): string {
  return `${version}\0${variant}\0${reason}\0${stage}`;
}
