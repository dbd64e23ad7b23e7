import { COUNTERS } from '@ballast/slo';
import { Counter } from 'prom-client';
import { metrics } from './events.js';

/** What one series of a batch counted. */
export interface CountedOutcomes {
  readonly environmentId: string;
  readonly flag: string;
  readonly variant: string;
  readonly exposures: number;
  readonly ok: number;
  readonly err: number;
  /** Outcomes without an error above thresholds in milliseconds. */
  readonly slow: ReadonlyMap<number, number>;
}

/** Where a flag is, in the words of people. */
export interface FlagLabels {
  readonly project: string;
  readonly environment: string;
  /** The service that it is part of; '' when it is part of none. */
  readonly service: string;
}

/** Finds the labels of these flags, each named by environment id and key. */
export type FindLabels = (flags: readonly CountedOutcomes[]) => Promise<(environmentId: string, flag: string) => FlagLabels | undefined>;

/** Series that one server shows; what comes later is counted in the database all the same. */
const MOST_SERIES = 5_000;
const LABELS = ['project', 'environment', 'flag', 'variant', 'service'];

interface Sum {
  readonly place: CountedOutcomes;
  exposures: number;
  ok: number;
  err: number;
  readonly slow: Map<number, number>;
}

const sums = new Map<string, Sum>();
const labels = new Map<string, FlagLabels>();
const finders = new Set<FindLabels>();
let refreshing: Promise<void> | null = null;

const help = 'on this server since it started, for rules of Prometheus';
const shared = { registers: [metrics], collect: refresh };
const outcomes = new Counter({
  name: COUNTERS.outcomes,
  help: `Outcomes of flags, ${help}`,
  labelNames: [...LABELS, 'outcome'],
  ...shared,
});
const slow = new Counter({
  name: COUNTERS.slow,
  help: `Successes above a threshold, ${help}`,
  labelNames: [...LABELS, 'threshold_ms'],
  ...shared,
});
const exposures = new Counter({ name: COUNTERS.exposures, help: `Evaluations of flags, ${help}`, labelNames: LABELS, ...shared });

/** Series of telemetry were counted. */
export function outcomesCounted(rows: readonly CountedOutcomes[]): void {
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key) ?? { place: row, exposures: 0, ok: 0, err: 0, slow: new Map<number, number>() };
    if (!sums.has(key)) {
      if (sums.size >= MOST_SERIES) continue;
      sums.set(key, sum);
    }
    sum.exposures += row.exposures;
    sum.ok += row.ok;
    sum.err += row.err;
    for (const [ms, n] of row.slow) sum.slow.set(ms, (sum.slow.get(ms) ?? 0) + n);
  }
}

/** From now on labels are found by this, until the returned function is called. */
export function flagsLabelledBy(find: FindLabels): () => void {
  finders.add(find);
  return () => void finders.delete(find);
}

/** All three are collected at once, and made once. */
function refresh(): Promise<void> {
  refreshing ??= fill().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Waits for labels only where some are missing: what is collected in an outage does not wait for the database. */
async function fill(): Promise<void> {
  const known = [...sums];
  const lookUp = learn(known.map(([, { place }]) => place)).catch(() => undefined);
  if (known.some(([key]) => !labels.has(key))) await lookUp;
  for (const counter of [outcomes, slow, exposures]) counter.reset();
  for (const [key, sum] of known) {
    const found = labels.get(key);
    if (found !== undefined) show(sum, { ...found, flag: sum.place.flag, variant: sum.place.variant });
  }
}

async function learn(places: readonly CountedOutcomes[]): Promise<void> {
  if (places.length === 0) return;
  for (const find of finders) {
    const labelsOf = await find(places);
    for (const place of places) {
      const found = labelsOf(place.environmentId, place.flag);
      if (found !== undefined) labels.set(keyOf(place), found);
    }
  }
}

function keyOf({ environmentId, flag, variant }: CountedOutcomes): string {
  return JSON.stringify([environmentId, flag, variant]);
}

/** Both outcomes from the start: a counter that appears with its first failure has no increase to show. */
function show(sum: Sum, names: Readonly<Record<(typeof LABELS)[number], string>>): void {
  outcomes.inc({ ...names, outcome: 'success' }, sum.ok);
  outcomes.inc({ ...names, outcome: 'failure' }, sum.err);
  exposures.inc({ ...names }, sum.exposures);
  for (const [ms, n] of sum.slow) slow.inc({ ...names, threshold_ms: String(ms) }, n);
}
