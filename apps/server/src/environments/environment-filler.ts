import { Injectable } from '@nestjs/common';
import type { EntryChange, LedgerTransaction } from '../changes/index.js';

/** The environment that is being created, in the transaction that creates it. */
export interface NewEnvironment {
  readonly id: string;
  readonly key: string;
  readonly projectId: string;
}

/** A room to the right that has something to serve in every environment. */
export interface EnvironmentFiller {
  /** What a new environment serves from its first revision on. */
  fill(ledger: LedgerTransaction, environment: NewEnvironment): Promise<readonly EntryChange[]>;
}

/** Rooms to the right add themselves here when they start; this room cannot import them. */
@Injectable()
export class EnvironmentFillers {
  private readonly fillers: EnvironmentFiller[] = [];

  add(filler: EnvironmentFiller): void {
    this.fillers.push(filler);
  }

  /** What all of them put into a new environment. */
  async fill(ledger: LedgerTransaction, environment: NewEnvironment): Promise<readonly EntryChange[]> {
    const entries: EntryChange[] = [];
    for (const filler of this.fillers) entries.push(...(await filler.fill(ledger, environment)));
    return entries;
  }
}
