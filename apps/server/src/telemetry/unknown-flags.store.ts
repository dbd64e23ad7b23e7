import type { View } from '@ballast/protocol';
import type { Run } from '../database/index.js';
import type { Admitted } from './admission.js';

/** Flags that do not exist, of one environment and kind of key; more are counted together, under the empty key. */
const MAX_FLAGS = 1_000;
/** Where counts go that have no place of their own. */
const NO_KEY = '';
/** Whoever was not asked for in this time makes room. */
const LATELY_MS = 3_600_000;

const HELD = `SELECT key FROM unknown_flag WHERE environment_id = $1 AND trust = $2 AND key <> '${NO_KEY}'`;
const MAKE_ROOM = `
  DELETE FROM unknown_flag WHERE environment_id = $1 AND trust = $2 AND key = ANY(ARRAY(
    SELECT key FROM unknown_flag WHERE environment_id = $1 AND trust = $2 AND key <> '${NO_KEY}' AND key <> ALL($3::text[]) AND last_seen_at < $4
    ORDER BY last_seen_at LIMIT $5 FOR UPDATE SKIP LOCKED)) RETURNING key`;
const ADD = `
  INSERT INTO unknown_flag AS unknown (environment_id, trust, key, count, first_seen_at, last_seen_at)
  SELECT $1, $2, key, count, $3, $3 FROM unnest($4::text[], $5::bigint[]) AS asked (key, count) ORDER BY key
  ON CONFLICT (environment_id, trust, key) DO UPDATE SET count = unknown.count + excluded.count, last_seen_at = excluded.last_seen_at`;

interface Asked {
  readonly environmentId: string;
  readonly batches: readonly Pick<Admitted, 'trust' | 'unknown'>[];
  readonly at: Date;
}

/** Counts how often flags were asked for that do not exist. Nobody with a public key takes the place of what servers ask for. */
export async function addUnknownFlags(run: Run, { environmentId, batches, at }: Asked): Promise<void> {
  for (const trust of ['client', 'server'] as const) {
    const counts = countsOf(batches, trust);
    if (counts.size === 0) continue;
    const held = await placesFor(run, counts, { environmentId, trust, at });
    const placed = [...place(counts, held)];
    await run({ text: ADD, values: [environmentId, trust, at, placed.map(([key]) => key), placed.map(([, count]) => count)] });
  }
}

function countsOf(batches: Asked['batches'], trust: View): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const batch of batches) {
    if (batch.trust !== trust) continue;
    for (const [key, count] of batch.unknown) counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return counts;
}

/** The flags that have a place, after those made room that were not asked for lately. */
async function placesFor(
  run: Run,
  counts: ReadonlyMap<string, number>,
  { environmentId, trust, at }: { readonly environmentId: string; readonly trust: View; readonly at: Date },
): Promise<ReadonlySet<string>> {
  const held = new Set((await run<{ key: string }>({ text: HELD, values: [environmentId, trust] })).map(({ key }) => key));
  const excess = [...counts.keys()].filter((key) => !held.has(key)).length + held.size - MAX_FLAGS;
  if (excess <= 0) return held;
  const values = [environmentId, trust, [...counts.keys()], new Date(at.getTime() - LATELY_MS), excess];
  for (const { key } of await run<{ key: string }>({ text: MAKE_ROOM, values })) held.delete(key);
  return held;
}

function place(counts: ReadonlyMap<string, number>, held: ReadonlySet<string>): ReadonlyMap<string, number> {
  const placed = new Map<string, number>();
  let room = MAX_FLAGS - held.size;
  for (const [key, count] of counts) {
    const place = held.has(key) || room-- > 0 ? key : NO_KEY;
    placed.set(place, (placed.get(place) ?? 0) + count);
  }
  return placed;
}
