import type { PolicyAction } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { type AuditEntry, ChangeLedger, type LedgerTransaction, type Work, type WriteResult } from '../changes/index.js';
import { type EnvironmentRecord, Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { SegmentEntries } from '../segments/index.js';
import { actionOf, stepOf } from './change-action.js';
import type { FlagRecord, FlagState } from './flag.types.js';
import { flagEntry, stateOf } from './flag-states.js';
import { FlagsView } from './flags.view.js';

/** A flag by its names in a URL. */
export interface FlagPlace {
  readonly project: string;
  readonly flag: string;
}

/** A flag in an environment by its names in a URL. */
export interface ConfigPlace extends FlagPlace {
  readonly environment: string;
}

/** A flag in an environment, as it stands under the lock. */
export interface HeldFlag {
  readonly ledger: LedgerTransaction;
  readonly environment: EnvironmentRecord;
  readonly flag: FlagRecord;
  readonly state: FlagState;
}

/** What became of the flag. */
export interface FlagStep<Result> {
  readonly state: FlagState;
  readonly audit: readonly AuditEntry[];
  readonly result: Result;
  /** Set when more is known of a change than its effect tells. */
  readonly action?: PolicyAction;
}

/** Writes flags through the ledger: finds and locks them, and turns what was saved into what clients must feel. */
@Injectable()
export class FlagWriter {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly view: FlagsView,
    private readonly segments: SegmentEntries,
  ) {}

  /** Changes one flag in one environment. */
  async inEnvironment<Result>(
    place: ConfigPlace,
    by: WriteBy,
    work: (held: HeldFlag) => Promise<FlagStep<Result>>,
  ): Promise<WriteResult<Result>> {
    const environment = await this.environments.environment(place.project, place.environment);
    const { id, projectId } = environment;
    return this.ledger.write({ ...by, projectId, environmentIds: [id] }, async (ledger) => {
      const { flag, state } = await this.held(environment, place.flag, ledger);
      return this.withSegments(ledger, { projectId, isSeen: flag.clientVisible }, async () => {
        const step = await work({ ledger, environment, flag, state });
        const entry = flagEntry(flag, step.state, ledger.nextRevision.get(id) ?? 1);
        const action = step.action ?? actionOf({ flag, before: state, after: step.state });
        const change = { environmentId: id, flag: flag.key, tags: flag.tags, step: stepOf(flag, state, step.state) };
        const flagChanges = action === null ? [] : [{ ...change, action }];
        return { entries: new Map([[id, [entry]]]), audit: step.audit, result: step.result, flagChanges };
      });
    });
  }

  /** Changes flags of a project, in every environment at once. */
  inProject<Result>(
    projectId: string,
    by: WriteBy,
    work: (ledger: LedgerTransaction) => Promise<Work<Result>>,
  ): Promise<WriteResult<Result>> {
    return this.ledger.write({ ...by, projectId, environmentIds: 'all' }, work);
  }

  /** A flag that is not archived, and how it stands in an environment, under the lock. */
  async held({ id, projectId }: EnvironmentRecord, key: string, ledger: LedgerTransaction): Promise<Pick<HeldFlag, 'flag' | 'state'>> {
    const flag = await this.live(projectId, key, ledger);
    const rows = { configs: await this.view.configs([flag.id], ledger.tx), kills: await this.view.kills([flag.id], ledger.tx) };
    return { flag, state: stateOf(flag, id, rows) };
  }

  /** The flag with this key, under the lock; archived ones are never changed again. */
  async live(projectId: string, key: string, ledger: LedgerTransaction): Promise<FlagRecord> {
    const flag = (await this.view.find(projectId, key, ledger.tx)) ?? refuse('flag.not_found', { flag: key });
    return flag.archivedAt === null ? flag : refuse('flag.archived', { flag: key });
  }

  /** Runs work on flags and adds the segments that it brings into the client view or out of it. */
  async withSegments<Result>(
    ledger: LedgerTransaction,
    reach: { projectId: string; isSeen: boolean },
    work: () => Promise<Work<Result>>,
  ): Promise<Work<Result>> {
    if (!reach.isSeen) return work();
    const before = await this.segments.reach(ledger, reach.projectId);
    const done = await work();
    const after = await this.segments.reach(ledger, reach.projectId);
    return { ...done, entries: await this.segments.withMoved(ledger, done.entries, { before, after }) };
  }
}
