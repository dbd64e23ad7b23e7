import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader, type Term } from '../database/index.js';
import { CarryOverStore } from './carry-over.store.js';
import { LEVELS, SLOTS_KEPT_MS } from './levels.js';

const PERIOD_MS = 60_000;
const ROWS_AT_ONCE = 1_000;

/** Empties the tables of before there were series, as long as servers of the release before may write there. */
@Injectable()
export class CarryOver implements OnModuleInit {
  constructor(
    private readonly store: CarryOverStore,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.carry(term));
  }

  /** All that is there, as long as the term lasts if there is one; what can be written no more is dropped with it. */
  async carry(term?: Term): Promise<void> {
    const at = new Date(this.clock.now());
    for (const level of LEVELS) {
      for (const { name, until } of await this.store.partitions(level)) {
        while ((await this.store.carry(level, { name, most: ROWS_AT_ONCE, at }, term)) === ROWS_AT_ONCE);
        if (until.getTime() < at.getTime() - SLOTS_KEPT_MS) await this.store.dropEmpty(level, name, term);
      }
    }
  }
}
