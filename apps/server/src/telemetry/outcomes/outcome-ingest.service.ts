import { createHash } from 'node:crypto';
import { LIMITS, type OutcomeReceipt, type OutcomeReport } from '@ballast/api';
import { type OutcomeRow, SLOT_MS, type View } from '@ballast/protocol';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { refuse } from '../../errors.js';
import { eventsCounted } from '../../flag-counters.js';
import type { Known } from '../admission.js';
import { CounterBuffer } from '../counter-buffer.js';
import { Ingest } from '../ingest.service.js';
import { admitOutcomes } from './outcome-admission.js';
import { type NamedOutcomes, OutcomeClaimsStore } from './outcome-claims.store.js';

/** Rows that may wait: of all environments, of one of them, and what every one may have waiting when others fill the rest. */
const WAITING = { waiting: 20_000, perLane: 10_000, always: 1_000 };
const ROWS_PER_COMMIT = 5_000;
/** Whoever has no more waiting is written beside the others. */
const LIGHT_ROWS = 200;
const RETRY_AFTER_SECONDS = 5;

/** What a program without an SDK sends, with which kind of key, and under which name. */
export interface OutcomeDelivery {
  readonly environmentId: string;
  readonly view: View;
  readonly key: string;
  readonly report: OutcomeReport;
}

/** Counts the outcomes that programs without an SDK report, once per name. */
@Injectable()
export class OutcomeIngest implements OnModuleDestroy {
  private readonly buffer: CounterBuffer<NamedOutcomes>;

  constructor(
    private readonly store: OutcomeClaimsStore,
    private readonly ingest: Ingest,
    private readonly clock: Clock,
  ) {
    this.buffer = new CounterBuffer({
      commit: (requests) => store.commit(requests, new Date(this.clock.now())),
      weigh: ({ outcomes }) => outcomes.length + 1,
      laneOf: ({ environmentId }) => environmentId,
      ...WAITING,
      perCommit: ROWS_PER_COMMIT,
      light: LIGHT_ROWS,
    });
  }

  /** Counts a report, unless one of this name was counted before; settles after the commit. */
  async take({ environmentId, view, key, report }: OutcomeDelivery): Promise<OutcomeReceipt> {
    if (this.buffer.isFull(environmentId)) refuse('telemetry.busy', { retryAfter: RETRY_AFTER_SECONDS });
    const now = this.clock.now();
    const known = this.ingest.known(environmentId, view);
    const admitted = admitOutcomes(rowsOf(report, known, now), known, { now, offset: 0 });
    const outcomes = admitted.outcomes.map((outcome) => this.ingest.boundOutcome(outcome, now));
    // Whoever has a public key must not be able to take a name away from a server.
    const name = hashOf(`${view} ${key}`);
    const fingerprint = hashOf(JSON.stringify(report));
    const counted = await this.buffer.add({ environmentId, name, fingerprint, outcomes });
    if (counted === 'counted') eventsCounted(outcomes);
    if (counted === 'counted') return { counted: outcomes.length, rejected: admitted.rejected, duplicate: false };
    const before = await this.store.fingerprintOf(environmentId, name);
    if (before !== undefined && before !== fingerprint) refuse('idempotency.key_reused');
    return { counted: 0, rejected: 0, duplicate: true };
  }

  async onModuleDestroy(): Promise<void> {
    await this.buffer.drain();
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The exposures that differ from one another: an event follows on a variant once. */
function distinct<Exposure>(exposures: readonly Exposure[]): readonly Exposure[] {
  return [...new Map(exposures.map((exposure) => [JSON.stringify(exposure), exposure])).values()];
}

/** One row for each variant that an event is told of; the version is the current one unless the report says otherwise. */
function rowsOf({ outcomes }: OutcomeReport, { flags }: Known, now: number): OutcomeRow[] {
  return outcomes.flatMap(({ event, value, at, exposures }) => {
    const moment = at === undefined ? now : Date.parse(at);
    const t0 = Math.max(0, moment - (moment % SLOT_MS));
    return distinct(exposures).map(({ flag, variant, version, stage }) => ({
      flag,
      version: version ?? flags.get(flag)?.source.version ?? 0,
      variant: variant ?? undefined,
      stage,
      event,
      t0,
      count: 1,
      sum: value,
    }));
  });
}

/** How long names are kept. */
export const NAMES_KEPT_MS = LIMITS.idempotencyHours.max * 3_600_000;
