import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader } from '../database/index.js';
import { OutboxStore } from './outbox.store.js';

const PRUNING_MS = 3_600_000;
/** Messages that were settled, and what triggers did, are kept so long. */
const KEPT_MS = 30 * 86_400_000;

/** Forgets old messages. */
@Injectable()
export class OutboxRetention implements OnModuleInit {
  constructor(
    private readonly leader: Leader,
    private readonly outbox: OutboxStore,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.leader.every(PRUNING_MS, (term) => this.outbox.prune(term, new Date(this.clock.now() - KEPT_MS)));
  }
}
