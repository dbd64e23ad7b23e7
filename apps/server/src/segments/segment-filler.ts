import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntryChange, LedgerTransaction } from '../changes/index.js';
import { type EnvironmentFiller, EnvironmentFillers, type NewEnvironment } from '../environments/index.js';
import { entryOf } from './segment-entries.js';
import { compileSegment } from './segment-views.js';
import { SegmentsStore } from './segments.store.js';

/** Gives a new environment every segment of its project; no flag uses one there yet, so no client sees it. */
@Injectable()
export class SegmentFiller implements EnvironmentFiller, OnModuleInit {
  constructor(
    private readonly fillers: EnvironmentFillers,
    private readonly store: SegmentsStore,
  ) {}

  onModuleInit(): void {
    this.fillers.add(this);
  }

  async fill(ledger: LedgerTransaction, environment: NewEnvironment): Promise<readonly EntryChange[]> {
    const segments = await this.store.all(ledger.tx, environment.projectId);
    return segments.map((segment) => entryOf(compileSegment(segment, 1), false));
  }
}
