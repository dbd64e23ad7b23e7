import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { Leader, type Term } from '../../database/index.js';
import { TelemetryStore } from '../telemetry.store.js';
import { OutcomeClaimsStore } from './outcome-claims.store.js';
import { NAMES_KEPT_MS } from './outcome-ingest.service.js';
import { OUTCOME_LEVELS } from './outcome-rows.store.js';

const PERIOD_MS = 600_000;
const ROWS_AT_ONCE = 20_000;

/** Drops outcomes that are past their time and forgets the names of requests. Partitions are made together with those of counters. */
@Injectable()
export class OutcomeRetention implements OnModuleInit {
  constructor(
    private readonly claims: OutcomeClaimsStore,
    private readonly store: TelemetryStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.keep(term));
  }

  private async keep(term: Term): Promise<void> {
    const now = this.clock.now();
    for (const { table, keptMs } of OUTCOME_LEVELS) await this.store.dropPartitions(table, new Date(now - keptMs), term);
    while (await this.claims.prune(new Date(now - NAMES_KEPT_MS), ROWS_AT_ONCE, term));
  }
}
