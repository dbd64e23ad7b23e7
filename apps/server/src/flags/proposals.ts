import type { FlagConfigInput } from '@ballast/api';
import type { PolicyAction } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import type { ConfigStep, LedgerTransaction } from '../changes/index.js';
import type { EnvironmentRecord } from '../environments/index.js';
import { refuse } from '../errors.js';
import { actionOf, stepOf } from './change-action.js';
import { configProblems } from './config-checks.js';
import { completeConfig } from './defaults.js';
import type { FlagRecord, FlagState } from './flag.types.js';
import { FlagWorld } from './flag-world.js';
import { FlagWriter } from './flag-writer.js';

/** A change that somebody has in mind. */
export interface Proposal {
  /** null: it changes nothing. */
  readonly action: PolicyAction | null;
  /** Undefined when nothing is served after it. */
  readonly step: ConfigStep | undefined;
}

/** Where a change would be made. */
export interface ProposalPlace {
  readonly environment: EnvironmentRecord;
  readonly flag: string;
}

/** Says what a change would be, as far as it could be made at all. */
@Injectable()
export class Proposals {
  constructor(
    private readonly writer: FlagWriter,
    private readonly world: FlagWorld,
  ) {}

  /** The change to a configuration; without one, the restore of a flag that is killed. A killed flag is restored as it is. */
  async propose(place: ProposalPlace, wanted: FlagConfigInput | undefined, ledger: LedgerTransaction): Promise<Proposal> {
    const { environment, flag: key } = place;
    const { flag, state } = await this.writer.held(environment, key, ledger);
    if (wanted === undefined) return proposalOf(flag, state, { ...state, kill: null });
    const config = completeConfig(wanted, flag);
    const world = await this.world.around(flag, config, { ledger, environmentId: environment.id });
    const problems = configProblems(config, world);
    if (problems.length > 0) refuse('config.invalid', { problems });
    return proposalOf(flag, state, { ...state, config: { ...state.config, ...config } });
  }
}

function proposalOf(flag: FlagRecord, before: FlagState, after: FlagState): Proposal {
  return { action: actionOf({ flag, before, after }), step: stepOf(flag, before, after) };
}
