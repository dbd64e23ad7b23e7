import type { Transaction } from '../database/index.js';
import type { Admitted } from './admission.js';

/** More keys that do not exist are counted together, under the empty key. */
const MAX_UNKNOWN_KEYS = 1_000;
/** Where counts go that belong to no key. */
const NO_KEY = '';

interface Unknown {
  readonly environmentId: string;
  readonly batches: readonly Admitted[];
  readonly at: Date;
}

/** Counts what was asked for and does not exist, and what could not be counted. */
export async function addUnknownKeys(tx: Transaction, { environmentId, batches, at }: Unknown): Promise<void> {
  const counts = unknownCounts(batches);
  if (counts.size === 0) return;
  const held = await tx.$queryRaw<{ key: string }[]>`SELECT key FROM unknown_key WHERE environment_id = ${environmentId}::uuid`;
  const bounded = [...boundKeys(counts, new Set(held.map(({ key }) => key)))].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx.$executeRaw`
    INSERT INTO unknown_key (environment_id, key, count, last_seen_at)
    SELECT ${environmentId}::uuid, key, count, ${at}
    FROM unnest(${bounded.map(([key]) => key)}::text[], ${bounded.map(([, count]) => String(count))}::bigint[]) AS asked (key, count)
    ON CONFLICT (environment_id, key) DO UPDATE SET count = unknown_key.count + excluded.count, last_seen_at = excluded.last_seen_at`;
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
