import { COUNTERS } from '@ballast/slo';
import { Counter, Gauge, Histogram } from 'prom-client';
import { metrics } from './events.js';
import { BOUNDS } from './flag-latencies.js';
import { type CountedEvents, type CountedOutcomes, type CountedPlace, FlagSeries, type SeriesSum } from './flag-series.js';

/** Where a flag is, in the words of people. */
export interface FlagLabels {
  readonly project: string;
  readonly environment: string;
  /** The service that it is part of; '' when it is part of none. */
  readonly service: string;
}

/** Finds the labels of these flags, each named by environment id and key. */
export type FindLabels = (flags: readonly CountedPlace[]) => Promise<(environmentId: string, flag: string) => FlagLabels | undefined>;

/** How flags are shown. */
export interface FlagDisplay {
  readonly find: FindLabels;
  /** Variants that have series of their own; what comes later is counted in the database all the same. */
  readonly mostVariants: number;
}

interface Shown {
  readonly sum: SeriesSum;
  readonly labels: Readonly<Record<string, string>>;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly metricName?: string;
  /** Written once for all samples that share them. */
  readonly sharedLabels?: Readonly<Record<string, string>>;
}

const DEFAULT_MOST = 1_000;
const series = new FlagSeries(DEFAULT_MOST);
const labels = new Map<string, FlagLabels>();
const displays = new Set<FlagDisplay>();
let shown: readonly Shown[] = [];
let refreshing: Promise<void> | null = null;

/** Series of telemetry were counted. */
export function outcomesCounted(rows: readonly CountedOutcomes[]): void {
  for (const row of rows) series.add(row);
}

/** Tracked events were counted. */
export function eventsCounted(rows: readonly CountedEvents[]): void {
  for (const row of rows) series.track(row);
}

/** From now on flags are shown so, until the returned function is called. */
export function flagsShown(display: FlagDisplay): () => void {
  displays.add(display);
  series.most = display.mostVariants;
  return () => void displays.delete(display);
}

/** Everything about flags is collected at once, and found out once. */
function refresh(): Promise<void> {
  refreshing ??= fill().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Waits for labels only where some are missing: what is collected in an outage does not wait for the database. */
async function fill(): Promise<void> {
  const known = [...series.sums];
  const lookUp = learn(known).catch(() => undefined);
  if (known.some(([name]) => !labels.has(name))) await lookUp;
  shown = known.flatMap(([name, sum]) => {
    const found = labels.get(name);
    const { flag, variant } = sum.place;
    return found === undefined ? [] : [{ sum, labels: { ...found, flag, variant } }];
  });
}

async function learn(known: readonly (readonly [string, SeriesSum])[]): Promise<void> {
  if (known.length === 0) return;
  for (const { find } of displays) {
    const labelsOf = await find(known.map(([, { place }]) => place));
    for (const [name, { place }] of known) {
      const found = labelsOf(place.environmentId, place.flag);
      if (found !== undefined) labels.set(name, found);
    }
  }
}

/** A counter whose samples are made when it is collected. */
class FlagCounter extends Counter {
  constructor(
    name: string,
    help: string,
    private readonly samplesOf: (sum: SeriesSum) => readonly Sample[],
  ) {
    super({ name, help: `${help}, on this server since it started`, registers: [metrics] });
  }

  override async get(): ReturnType<Counter['get']> {
    const [own] = await Promise.all([super.get(), refresh()]);
    const values = shown.flatMap(({ sum, labels: place }) => this.samplesOf(sum).map((sample) => ({ ...sample, sharedLabels: place })));
    return { ...own, values };
  }
}

/** A histogram whose buckets are made when it is collected. */
class FlagLatencies extends Histogram {
  private readonly empty: Histogram;

  constructor(private readonly title: string) {
    const help = 'Latency of outcomes of flags, with and without errors, on this server since it started; its sum is within 2.2 %';
    const configuration = { name: title, help, buckets: [...BOUNDS] };
    super({ ...configuration, registers: [metrics] });
    this.empty = new Histogram({ ...configuration, registers: [] });
  }

  override async get(): ReturnType<Histogram['get']> {
    const [own] = await Promise.all([this.empty.get(), refresh()]);
    const values = shown.flatMap((each) => latencySamples(this.title, each));
    return { ...own, values };
  }

  /** What a registry calls instead of `get` when it writes text. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}

function latencySamples(name: string, { sum, labels: sharedLabels }: Shown): readonly Sample[] {
  const { upTo, seconds } = sum.latencies;
  const count = upTo.at(-1) ?? 0;
  if (count === 0) return [];
  const bounds = [...BOUNDS.map(String), '+Inf'];
  return [
    ...bounds.map((le, index) => ({ metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: upTo[index] ?? count })),
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: seconds },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
  ];
}

const by =
  <Key>(label: string, counts: (sum: SeriesSum) => ReadonlyMap<Key, number>) =>
  (sum: SeriesSum): readonly Sample[] =>
    [...counts(sum)].map(([key, value]) => ({ labels: { [label]: String(key) }, value }));

// Both outcomes from the start: a counter that appears with its first failure has no increase to show.
new FlagCounter(COUNTERS.outcomes, 'Outcomes of flags', ({ ok, err }) => [
  { labels: { outcome: 'success' }, value: ok },
  { labels: { outcome: 'failure' }, value: err },
]);
new FlagCounter(COUNTERS.exposures, 'Evaluations of flags', ({ exposures }) => [{ labels: {}, value: exposures }]);
new FlagCounter(
  COUNTERS.slow,
  'Outcomes without an error above a threshold',
  by('threshold_ms', ({ slow }) => slow),
);
new FlagCounter(COUNTERS.timed, 'Outcomes of programs that measure a threshold', ({ timed }) => [
  ...[...timed.ok].map(([ms, value]) => ({ labels: { threshold_ms: String(ms), outcome: 'success' }, value })),
  ...[...timed.ok.keys()].map((ms) => ({ labels: { threshold_ms: String(ms), outcome: 'failure' }, value: timed.err.get(ms) ?? 0 })),
]);
new FlagCounter(
  COUNTERS.events,
  'Tracked events of those who were served a variant',
  by('event', ({ events }) => events),
);
new FlagCounter(
  'ballast_flag_reasons_total',
  'Evaluations of flags by reason',
  by('reason', ({ reasons }) => reasons),
);
new FlagCounter('ballast_flag_calls_total', 'Calls by code under flags that passed a guard', ({ calls }) => [{ labels: {}, value: calls }]);
new FlagCounter('ballast_flag_retries_total', 'Retries of code under flags', ({ retries }) => [{ labels: {}, value: retries }]);
new FlagCounter('ballast_flag_breaker_open_seconds_total', 'Time that circuit breakers of code under flags were open', ({ openMs }) => [
  { labels: {}, value: openMs / 1_000 },
]);
new FlagCounter(
  'ballast_flag_breaker_watched_seconds_total',
  'Time that circuit breakers of code under flags were watched',
  ({ watchedMs }) => [{ labels: {}, value: watchedMs / 1_000 }],
);
new FlagCounter('ballast_flag_validations_total', 'Validations by code under flags', ({ validated, invalid }) =>
  validated === 0
    ? []
    : [
        { labels: { result: 'valid' }, value: validated - invalid },
        { labels: { result: 'invalid' }, value: invalid },
      ],
);
new FlagLatencies('ballast_flag_latency_seconds');
new Gauge({
  name: 'ballast_flag_shown_variants',
  help: 'Variants that have series of their own on this server; BALLAST_METRICS_VARIANTS bounds them',
  registers: [metrics],
  collect() {
    this.set(series.sums.size);
  },
});
new Counter({
  name: 'ballast_flag_left_out_total',
  help: 'Evaluations of variants, tracked events and slow outcomes that have no series of their own on this server',
  labelNames: ['of'],
  registers: [metrics],
  collect() {
    this.reset();
    for (const [of, count] of Object.entries(series.leftOut)) this.inc({ of }, count);
  },
});
