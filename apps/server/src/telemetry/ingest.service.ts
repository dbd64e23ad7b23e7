import type { TelemetryReceipt } from '@ballast/api';
import type { TelemetryEnvelope, View } from '@ballast/protocol';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { telemetryReceived } from '../events.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { admit } from './admission.js';
import { ClockSkew } from './clock-skew.js';
import { type Counted, CounterBuffer } from './counter-buffer.js';
import { type ClaimableBatch, TelemetryStore } from './telemetry.store.js';

const MAX_WAITING_ROWS = 100_000;
const ROWS_PER_COMMIT = 10_000;
const RETRY_AFTER_SECONDS = 5;

/** Where counts come from. Nobody counts, or finds out about, a flag that their key does not show. */
export interface Sender {
  readonly environmentId: string;
  readonly view: View;
}

/** Takes batches of counters in: each is counted exactly once, whatever number of times it is delivered. */
@Injectable()
export class Ingest implements OnModuleDestroy {
  private readonly skew = new ClockSkew();
  private readonly buffer: CounterBuffer<ClaimableBatch>;

  constructor(
    store: TelemetryStore,
    private readonly snapshots: SnapshotKeeper,
    private readonly clock: Clock,
  ) {
    this.buffer = new CounterBuffer({
      commit: (batches) => store.commit(batches, new Date(this.clock.now())),
      weigh: ({ additions, unknown }) => additions.length + unknown.size + 1,
      waiting: MAX_WAITING_ROWS,
      perCommit: ROWS_PER_COMMIT,
    });
  }

  /** Counts what one request brings; settles after the commit. */
  async take(sender: Sender, envelopes: readonly TelemetryEnvelope[]): Promise<TelemetryReceipt> {
    if (this.buffer.isFull()) refuse('telemetry.busy', { retryAfter: RETRY_AFTER_SECONDS });
    const admitted = envelopes.flatMap((envelope) => this.admit(sender, envelope) ?? []);
    if (admitted.length === 0 && envelopes.length > 0) {
      telemetryReceived({ expired: envelopes.length });
      refuse('telemetry.expired');
    }
    const outcomes = await Promise.all(admitted.map((batch) => this.buffer.add(batch)));
    return receiptOf(admitted, outcomes, envelopes.length - admitted.length);
  }

  async onModuleDestroy(): Promise<void> {
    await this.buffer.drain();
  }

  private admit({ environmentId, view }: Sender, envelope: TelemetryEnvelope): ClaimableBatch | null {
    const now = this.clock.now();
    const { instance, seq, sentAt } = envelope;
    const offset = this.skew.observe(JSON.stringify([environmentId, instance]), sentAt, now);
    const known = this.snapshots.flagSet(environmentId, view) ?? refuse('snapshot.loading');
    const admitted = admit(envelope, known, { now, offset });
    return admitted === 'expired' ? null : { ...admitted, environmentId, instance, seq };
  }
}

function receiptOf(batches: readonly ClaimableBatch[], outcomes: readonly Counted[], expired: number): TelemetryReceipt {
  const counted = batches.filter((_, index) => outcomes[index] === 'counted');
  const sumOf = (of: (batch: ClaimableBatch) => number) => counted.reduce((sum, batch) => sum + of(batch), 0);
  const rejectedRows = sumOf((batch) => batch.rejectedRows);
  const rows = sumOf(({ additions }) => additions.length);
  telemetryReceived({ counted: counted.length, duplicate: batches.length - counted.length, expired, rows, rejectedRows });
  return { accepted: counted.length, duplicate: counted.length < batches.length, rejectedRows, expired };
}
