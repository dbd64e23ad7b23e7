import { DAY, DUE_OUTCOMES, type HeardTraffic, HOUR, type Senders, total, usualOf } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Convergence } from '../streaming/index.js';
import type { Round } from './burn.ticker.js';
import type { Evaluated } from './evaluate-round.js';
import type { MaintenanceRow } from './maintenance.store.js';
import { flagOf, tagOf } from './objective.types.js';
import { Rounds } from './rounds.service.js';
import { HEARD_TELEMETRY, inMaintenance, readingOf, type TelemetryReading, UNKNOWN_TELEMETRY, worstOf } from './telemetry-reading.js';
import {
  amountOf,
  dueOf,
  eventOf,
  LOOK_BACK_MS,
  lately,
  type PastHours,
  pastHours,
  spanOf,
  spansOf,
  type Watch,
} from './telemetry-spans.js';
import { NOTHING, TrafficView } from './traffic.view.js';

/** Programs that are asked about at most, out of all that are there; which ones is by chance. */
const MOST_NAMES = 200;
/** How long servers and relays have to say who is there. */
const PATIENCE = { withinMs: 1_000 };
/** Pages say nothing while they evaluate nothing, and most that are open do. */
const PAGE = 'ballast-browser/';
/** Who polls asks at least this often. */
const POLLING_MS = 120_000;
/** After a server started, those who poll have asked, and streams have come back: until then it does not know who is there. */
const SETTLED_MS = POLLING_MS + 60_000;
/** Less than half of what the hour before says is looked into from so many outcomes on. */
const DUE_FOR_SUSPICION = 30;
/** Days at whose same time a Prometheus must have had an answer. */
const DAYS = [1, 7, 14];

/** The programs that are there, by name. */
interface Present {
  readonly backEnds: readonly string[];
  readonly pages: readonly string[];
  /** Whether everybody has been asked, for long enough. */
  readonly isComplete: boolean;
}

/** Something that an objective listens to, with what was heard of it now and in the hour before. */
interface Heard {
  readonly watch: Watch;
  readonly now: number;
  readonly hourBefore: number;
}

/** Something that has gone quiet, stretch by stretch. */
interface Quiet {
  readonly watch: Watch;
  readonly stretches: readonly HeardTraffic[];
  /** An archived flag is listened to no more: of it nothing is missing. */
  readonly isArchived: boolean;
}

/** Finds out whose telemetry is missing: a gap is never read as health. */
@Injectable()
export class TelemetryGaps {
  private readonly startedAt: number;

  constructor(
    private readonly rounds: Rounds,
    private readonly view: TrafficView,
    private readonly convergence: Convergence,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
  }

  /** What is known of the telemetry of each objective of a round, by its id. */
  async find({ evaluated, maintenance }: Pick<Round, 'evaluated' | 'maintenance'>): Promise<ReadonlyMap<string, TelemetryReading>> {
    const isQueried = ({ record }: Evaluated) => record.document.indicator.kind === 'promql';
    const counted = await this.counted(
      evaluated.filter((each) => !isQueried(each)),
      maintenance,
    );
    return new Map([...counted, ...(await this.queried(evaluated.filter(isQueried), maintenance))]);
  }

  private async counted(
    evaluated: readonly Evaluated[],
    maintenance: readonly MaintenanceRow[],
  ): Promise<ReadonlyMap<string, TelemetryReading>> {
    const until = evaluated[0]?.at ?? 0;
    const watches = await this.watches(evaluated);
    const heard = await this.heard(watches, until);
    const suspects = new Set(heard.filter(isSuspect));
    const quiet = await this.quiet([...suspects], until);
    const judged = await this.judged(quiet, until);
    // Where there is nothing to listen to any more, nothing is missing.
    const readings = new Map<string, TelemetryReading[]>(evaluated.map(({ record }) => [record.id, []]));
    for (const each of heard) {
      const { watch } = each;
      const found = suspects.has(each) ? (judged.get(watch) ?? UNKNOWN_TELEMETRY) : HEARD_TELEMETRY;
      const reading = inMaintenance(found, { ...watch.record, flag: watch.flag }, { maintenance, until });
      readings.set(watch.record.id, [...(readings.get(watch.record.id) ?? []), reading]);
    }
    return new Map([...readings].map(([id, all]) => [id, all.length === 0 ? HEARD_TELEMETRY : worstOf(all)]));
  }

  /** What the objectives listen to: each flag by itself, all variants together, since what a variant gets is changed on purpose. */
  private async watches(evaluated: readonly Evaluated[]): Promise<readonly Watch[]> {
    const records = evaluated.map(({ record }) => record);
    const flagsByTag = await this.rounds.flagsByTag(records);
    return records.flatMap((record) => {
      const flag = flagOf(record.document);
      const flags = flag === null ? flagsByTag(record.projectId, tagOf(record.document) ?? '') : [flag];
      const { environmentId } = record;
      return flags.map((each) => ({ record, environmentId, flag: each, event: eventOf(record), spanMs: spanOf(record) }));
    });
  }

  private async heard(watches: readonly Watch[], until: number): Promise<readonly Heard[]> {
    const spans = watches.flatMap((watch) => [lately(watch, until, watch.spanMs), lately(watch, until - watch.spanMs, HOUR)]);
    const rows = await this.view.counted(spans, 'minute');
    return watches.map((watch, index) => {
      const [now, before] = [rows[2 * index], rows[2 * index + 1]];
      return { watch, now: now ? amountOf(watch, now) : 0, hourBefore: before ? amountOf(watch, before) : 0 };
    });
  }

  /** What was heard of suspects, and what was due, in each of their stretches; of what nobody has heard for weeks nothing is due. */
  private async quiet(suspects: readonly Heard[], until: number): Promise<readonly Quiet[]> {
    const lives = await this.view.heardSince(
      suspects.map(({ watch }) => watch),
      new Date(until - LOOK_BACK_MS),
    );
    const alive = suspects.flatMap((heard, index) => {
      const { since = null, isArchived = true } = lives[index] ?? {};
      const lived = since?.getTime();
      return lived === undefined || isArchived
        ? []
        : spansOf(heard.watch).map((spanMs) => ({ heard, spanMs, hours: pastHours(spanMs, until, lived) }));
    });
    const [lastly, past] = await Promise.all([
      this.view.counted(
        alive.map(({ heard, spanMs }) => lately(heard.watch, until, spanMs)),
        'minute',
      ),
      this.view.counted(
        alive.flatMap(({ heard, hours }) => hours.map(({ from, to }) => ({ ...lately(heard.watch, until, 0), from, to }))),
        'hour',
      ),
    ]);
    const amounts = past[Symbol.iterator]();
    const amountIn = (watch: Watch, hours: PastHours) => ({ hours, amount: amountOf(watch, amounts.next().value ?? NOTHING) });
    const stretches = alive.map(({ heard: { watch, hourBefore }, spanMs, hours }, index) => {
      const traffic = lastly[index] ?? NOTHING;
      const due = dueOf(
        spanMs,
        hours.map((each) => amountIn(watch, each)),
        hourBefore,
      );
      return { watch, spanMs, seen: amountOf(watch, traffic), evaluated: traffic.exposures, due };
    });
    return suspects.map(({ watch }, index) => ({
      watch,
      stretches: stretches.filter((stretch) => stretch.watch === watch),
      isArchived: lives[index]?.isArchived === true,
    }));
  }

  private async judged(quiet: readonly Quiet[], until: number): Promise<ReadonlyMap<Watch, TelemetryReading>> {
    const asked = quiet.filter(({ stretches }) => stretches.some(({ due }) => due !== null && due >= DUE_OUTCOMES));
    const environments = [...new Set(asked.map(({ watch }) => watch.environmentId))];
    const names = new Map(await Promise.all(environments.map(async (id) => [id, await this.present(id)] as const)));
    const senders = new Map<string, Promise<Senders>>();
    const sendersOf = ({ environmentId }: Watch, spanMs: number) => {
      const key = `${environmentId} ${spanMs}`;
      const known = senders.get(key) ?? this.senders(environmentId, names.get(environmentId) ?? NOBODY_THERE, until - spanMs);
      senders.set(key, known);
      return known;
    };
    const archived = quiet.filter(({ isArchived }) => isArchived).map(({ watch }) => [watch, HEARD_TELEMETRY] as const);
    return new Map([
      ...archived,
      ...(await Promise.all(
        asked.map(async ({ watch, stretches }) => {
          const found = await Promise.all(stretches.map(async ({ spanMs }) => [spanMs, await sendersOf(watch, spanMs)] as const));
          const bySpan = new Map(found);
          return [watch, readingOf(watch.flag, stretches, (spanMs) => bySpan.get(spanMs) ?? NOBODY)] as const;
        }),
      )),
    ]);
  }

  /** The programs of an environment that have a stream, or poll. */
  private async present(environmentId: string): Promise<Present> {
    const { tally, isAnswered } = await this.convergence.ask(environmentId, { revision: 0, limit: MOST_NAMES, most: MOST_NAMES }, PATIENCE);
    const polling = tally.absent.filter(({ state, seenMs }) => state === 'polling' && seenMs <= POLLING_MS);
    const there = new Map([...tally.listed, ...polling].map(({ instance, sdk }) => [instance, sdk.startsWith(PAGE)]));
    const named = (isPage: boolean) => [...there].filter(([, is]) => is === isPage).map(([instance]) => instance);
    const isSettled = this.clock.now() - this.startedAt >= SETTLED_MS;
    return { backEnds: named(false), pages: named(true), isComplete: isAnswered && isSettled };
  }

  /** How many of those who are there report. Of pages it is enough that some do; who sends by OpenTelemetry is known only by what arrives. */
  private async senders(environmentId: string, { backEnds, pages, isComplete }: Present, since: number): Promise<Senders> {
    const [row, page] = await Promise.all([backEnds, pages].map((names) => this.view.senders(environmentId, names, new Date(since))));
    if (row === undefined || page === undefined) return NOBODY;
    const otlp = { now: row.otlpNow ? 1 : 0, lost: row.otlpBefore && !row.otlpNow ? 1 : 0 };
    const reporting = row.reporting + page.reporting + otlp.now;
    // Who never said anything may be a tool that evaluates nothing: they count when nobody reports and they are as many as there used to be.
    const strangers = backEnds.length + pages.length - row.reporting - row.silent - page.reporting - page.silent;
    const isReplaced = reporting === 0 && row.former > 0 && strangers >= Math.min(row.former, MOST_NAMES);
    const quietPages = page.reporting === 0 ? page.silent : 0;
    return { reporting, silent: row.silent + quietPages + otlp.lost + (isReplaced ? strangers : 0), isComplete };
  }

  /** Of what a Prometheus counts only its answers are known. */
  private async queried(
    evaluated: readonly Evaluated[],
    maintenance: readonly MaintenanceRow[],
  ): Promise<ReadonlyMap<string, TelemetryReading>> {
    const silent = evaluated.filter(({ readings }) => [...readings.windows.values()].every(({ all }) => total(all) === 0));
    const until = evaluated[0]?.at ?? 0;
    const past = await this.view.hadData(
      silent.map(({ record }) => record.id),
      DAYS.map((day) => new Date(until - day * DAY)),
    );
    const silentIds = new Set(silent.map(({ record }) => record.id));
    return new Map(
      evaluated.map(({ record, readings, problem }) => {
        if (!silentIds.has(record.id)) return [record.id, HEARD_TELEMETRY];
        const wasThere = (usualOf((past.get(record.id) ?? []).map(Number)) ?? 0) > 0;
        const because = problem ?? 'the queries find nothing, where they did at this time on other days';
        if (!wasThere) return [record.id, UNKNOWN_TELEMETRY];
        const gap = { verdict: 'gap', because, spanMs: Math.min(...readings.windows.keys()), isExcused: false } as const;
        return [record.id, inMaintenance(gap, { ...record, flag: flagOf(record.document) }, { maintenance, until })];
      }),
    );
  }
}

const NOBODY: Senders = { reporting: 0, silent: 0, isComplete: false };
const NOBODY_THERE: Present = { backEnds: [], pages: [], isComplete: false };

function isSuspect({ watch, now, hourBefore }: Heard): boolean {
  const due = (hourBefore * watch.spanMs) / HOUR;
  return now === 0 || (due >= DUE_FOR_SUSPICION && now * 2 < due);
}
