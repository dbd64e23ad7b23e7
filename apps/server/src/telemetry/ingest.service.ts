import type { TelemetryEnvelope, View } from '@ballast/protocol';
import type { Verdict } from '@ballast/streaming';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { type TelemetryReceived, telemetryReceived } from '../events.js';
import { eventsCounted, outcomesCounted } from '../flag-counters.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { admit, type Known, oldestOf } from './admission.js';
import { Bounds } from './bounds.js';
import { ClockSkew } from './clock-skew.js';
import { type Counted, CounterBuffer } from './counter-buffer.js';
import type { OutcomeAddition } from './outcomes/outcome-addition.js';
import { admitOutcomes } from './outcomes/outcome-admission.js';
import { OutcomeBound } from './outcomes/outcome-bound.js';
import { OVERFLOW } from './series.js';
import { hourOf, SeriesBook } from './series-book.js';
import { Stages } from './stages.js';
import { type ClaimableBatch, TelemetryStore } from './telemetry.store.js';

/** Rows that may wait: of all environments, of one of them, and what every one may have waiting when others fill the rest. */
const WAITING = { waiting: 100_000, perLane: 50_000, always: 2_000 };
/** So few that nobody waits for long behind them, and enough for a hundred batches of a usual size. */
const ROWS_PER_COMMIT = 2_000;
/** Whoever has no more waiting is written beside the others. */
const LIGHT_ROWS = 200;
const RETRY_AFTER_SECONDS = 5;

/** A batch, and the view of the key that it was sent with: nobody counts, or finds out about, a flag that their key does not show. */
export interface Delivery {
  readonly view: View;
  readonly envelope: TelemetryEnvelope;
  /** Hash of what the request held, where its sender does not number its batches. */
  readonly fingerprint?: string | undefined;
}

/** A batch that was counted, and where. */
export interface CountedDelivery extends Delivery {
  readonly environmentId: string;
}

/** Takes batches of counters in: each is counted exactly once, whatever number of times it is delivered. */
@Injectable()
export class Ingest implements OnModuleDestroy {
  private readonly skew = new ClockSkew();
  private readonly stages = new Stages();
  private readonly bounds = new Bounds();
  private readonly book: SeriesBook;
  private readonly outcomeBound = new OutcomeBound();
  private readonly buffer: CounterBuffer<ClaimableBatch>;
  private readonly listeners: ((delivery: CountedDelivery) => void)[] = [];

  constructor(
    private readonly store: TelemetryStore,
    private readonly snapshots: SnapshotKeeper,
    private readonly clock: Clock,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.book = new SeriesBook(settings.seriesPerFlag);
    this.buffer = new CounterBuffer({
      commit: (batches) => this.commit(batches),
      weigh: ({ additions, outcomes, unknown }) => additions.length + outcomes.length + unknown.size + 1,
      laneOf: ({ environmentId }) => environmentId,
      ...WAITING,
      perCommit: ROWS_PER_COMMIT,
      light: LIGHT_ROWS,
    });
  }

  /** Tells of every batch once, when it is counted. */
  onCounted(listener: (delivery: CountedDelivery) => void): void {
    this.listeners.push(listener);
  }

  /** Counts what one request brings, and says of each batch what became of it; settles after the commit. */
  async take(environmentId: string, deliveries: readonly Delivery[]): Promise<readonly JudgedVerdict[]> {
    if (this.buffer.isFull(environmentId)) refuse('telemetry.busy', { retryAfter: RETRY_AFTER_SECONDS });
    if (!this.book.isOpen(environmentId, this.clock.now())) await this.openBook(environmentId);
    const verdicts = await Promise.all(deliveries.map((delivery) => this.count(this.admit(environmentId, delivery))));
    for (const [index, delivery] of deliveries.entries()) {
      if (verdicts[index]?.outcome === 'counted') for (const listen of this.listeners) listen({ environmentId, ...delivery });
    }
    return verdicts;
  }

  /** What may be counted of an environment with one kind of key. */
  known(environmentId: string, view: View): Known {
    const { flags, revision } = this.snapshots.flagSet(environmentId, view) ?? refuse('snapshot.loading');
    const now = this.clock.now();
    return {
      environmentId,
      flags,
      revision,
      trust: view,
      stagesOf: (flag) => this.stages.of(environmentId, flag),
      seriesOf: (names) => this.book.find(environmentId, names, now),
    };
  }

  /** An outcome in its own series, as long as there is room for that. */
  boundOutcome(outcome: OutcomeAddition, now: number): OutcomeAddition {
    return this.outcomeBound.fold(outcome, now);
  }

  async onModuleDestroy(): Promise<void> {
    await this.buffer.drain();
  }

  private async count(batch: ClaimableBatch | null): Promise<JudgedVerdict> {
    if (batch === null) {
      telemetryReceived({ expired: 1 });
      return { outcome: 'expired' };
    }
    const outcome = await this.buffer.add(batch);
    return outcome === 'counted' ? { outcome, rejectedRows: batch.rejectedRows } : { outcome };
  }

  /** The series that were counted in this hour before this server was there have their place. */
  private async openBook(environmentId: string): Promise<void> {
    this.book.open(environmentId, await this.store.countedSince(environmentId, new Date(hourOf(this.clock.now()))));
  }

  private async commit(batches: readonly ClaimableBatch[]): Promise<readonly Counted[]> {
    const { outcomes, merged } = await this.store.commit(batches, new Date(this.clock.now()));
    telemetryReceived(sumOf(batches, outcomes));
    outcomesCounted(merged.map(({ series, ...counts }) => ({ ...series, ...counts })));
    eventsCounted(batches.flatMap((batch, index) => (outcomes[index] === 'counted' ? batch.outcomes : [])));
    return outcomes;
  }

  private admit(environmentId: string, { view, envelope, fingerprint }: Delivery): ClaimableBatch | null {
    const now = this.clock.now();
    const { instance, seq, sentAt } = envelope;
    const offset = this.skew.observe(`${environmentId} ${instance}`, sentAt, now);
    const known = this.known(environmentId, view);
    const admitted = admit(envelope, known, { now, offset });
    if (admitted === 'expired') return null;
    const { additions, beyondRoom, clampedRows } = this.bounds.apply(admitted.additions, { environmentId, instance });
    const { outcomes, rejected } = admitOutcomes(envelope.outcomes ?? [], known, { now, offset });
    const rejectedRows = admitted.rejectedRows + rejected;
    return {
      ...admitted,
      additions,
      dropped: admitted.dropped + beyondRoom,
      clampedRows,
      outcomes: outcomes.map((each) => this.boundOutcome(each, now)),
      rejectedRows,
      environmentId,
      fingerprint,
      since: oldestOf(envelope, offset),
      instance,
      seq,
    };
  }
}

/** A batch that could be read was counted, now or before, or is too old. */
type JudgedVerdict = Exclude<Verdict, { readonly outcome: 'invalid' }>;

function sumOf(batches: readonly ClaimableBatch[], outcomes: readonly Counted[]): TelemetryReceived {
  const sum = { counted: 0, duplicate: 0, expired: 0, rows: 0, rejectedRows: 0, skewedRows: 0, clampedRows: 0, overflowRows: 0 };
  for (const [index, batch] of batches.entries()) {
    const outcome = outcomes[index] ?? 'duplicate';
    sum[outcome] += 1;
    if (outcome !== 'counted') continue;
    sum.rows += batch.additions.length;
    sum.rejectedRows += batch.rejectedRows;
    sum.skewedRows += batch.skewedRows;
    sum.clampedRows += batch.clampedRows;
    for (const { series } of batch.additions) if (series.reason === OVERFLOW) sum.overflowRows += 1;
  }
  return sum;
}
