import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { Leader, type Term } from '../../database/index.js';
import { OtlpClaimsStore } from './otlp-claims.store.js';

const PERIOD_MS = 300_000;
const ROWS_AT_ONCE = 20_000;
/** Far longer than exporters and collectors repeat a request. */
export const CLAIMS_KEPT_MS = 3_600_000;

/** Forgets which requests were counted an hour ago. */
@Injectable()
export class OtlpRetention implements OnModuleInit {
  constructor(
    private readonly claims: OtlpClaimsStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.keep(term));
  }

  private async keep(term: Term): Promise<void> {
    while (await this.claims.prune(new Date(this.clock.now() - CLAIMS_KEPT_MS), ROWS_AT_ONCE, term));
  }
}
