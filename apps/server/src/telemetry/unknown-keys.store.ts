import type { Run } from '../database/index.js';
import type { Admitted } from './admission.js';

/** More keys that do not exist are counted together, under the empty key. */
const MAX_UNKNOWN_KEYS = 1_000;
/** Where counts go that belong to no key. */
const NO_KEY = '';

const ADD = `
  INSERT INTO unknown_key (environment_id, key, count, last_seen_at)
  SELECT $1, key, count, $2 FROM unnest($3::text[], $4::bigint[]) AS asked (key, count)
  ON CONFLICT (environment_id, key) DO UPDATE SET count = unknown_key.count + excluded.count, last_seen_at = excluded.last_seen_at`;

interface Unknown {
  readonly environmentId: string;
  readonly batches: readonly Admitted[];
  readonly at: Date;
}

/** Counts what was asked for and does not exist, and what could not be counted. */
export async function addUnknownKeys(run: Run, { environmentId, batches, at }: Unknown): Promise<void> {
  const counts = unknownCounts(batches);
  if (counts.size === 0) return;
  const held = await run<{ key: string }>({ text: 'SELECT key FROM unknown_key WHERE environment_id = $1', values: [environmentId] });
  const bounded = [...boundKeys(counts, new Set(held.map(({ key }) => key)))].sort(([a], [b]) => (a < b ? -1 : 1));
  await run({ text: ADD, values: [environmentId, at, bounded.map(([key]) => key), bounded.map(([, count]) => count)] });
}

function unknownCounts(batches: readonly Admitted[]): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string, count: number): unknown => count > 0 && counts.set(key, (counts.get(key) ?? 0) + count);
  for (const { unknown, dropped } of batches) {
    for (const [key, count] of unknown) add(key, count);
    add(NO_KEY, dropped);
  }
  return counts;
}

function boundKeys(counts: ReadonlyMap<string, number>, held: ReadonlySet<string>): Map<string, number> {
  const bounded = new Map<string, number>();
  let room = MAX_UNKNOWN_KEYS - held.size;
  for (const [key, count] of counts) {
    const isKept = held.has(key) || key === NO_KEY || room-- > 0;
    const place = isKept ? key : NO_KEY;
    bounded.set(place, (bounded.get(place) ?? 0) + count);
  }
  return bounded;
}
