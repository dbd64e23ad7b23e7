import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntryChange, LedgerTransaction } from '../changes/index.js';
import { type EnvironmentFiller, EnvironmentFillers, type NewEnvironment } from '../environments/index.js';
import { flagEntry, stateOf } from './flag-states.js';
import { FlagsView } from './flags.view.js';

/** Gives a new environment every flag of its project, switched off. */
@Injectable()
export class FlagFiller implements EnvironmentFiller, OnModuleInit {
  constructor(
    private readonly fillers: EnvironmentFillers,
    private readonly view: FlagsView,
  ) {}

  onModuleInit(): void {
    this.fillers.add(this);
  }

  async fill(ledger: LedgerTransaction, environment: NewEnvironment): Promise<readonly EntryChange[]> {
    const flags = await this.view.live(environment.projectId, ledger.tx);
    return flags.map((flag) => flagEntry(flag, stateOf(flag, environment.id, { configs: [], kills: [] }), 1));
  }
}
