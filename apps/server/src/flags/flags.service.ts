import { randomBytes } from 'node:crypto';
import { type CreateFlag, type FlagView, LIMITS, type PatchFlag, pointer, type RequestProblem } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { diff, expectVersion, type FlagChange, type LedgerTransaction, type Work, type WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { configProblems } from './config-checks.js';
import type { GuardedWrite } from './configs.service.js';
import { dependentProblems, newDraft, patchedDraft } from './drafts.js';
import type { FlagRecord } from './flag.types.js';
import { flagEntries, type StateRows, stateOf } from './flag-states.js';
import { flagDocument, flagView } from './flag-views.js';
import { FlagWorld, knownFlag } from './flag-world.js';
import { FlagWriter } from './flag-writer.js';
import { FlagsStore } from './flags.store.js';
import { FlagsView } from './flags.view.js';

/** A project with its environments' keys by their ids. */
export interface ProjectScope {
  readonly projectId: string;
  readonly environments: ReadonlyMap<string, string>;
}

const NO_ROWS: StateRows = { configs: [], kills: [] };

/** A salt of its own for every flag, so that two splits are independent. */
export function newSalt(): string {
  return randomBytes(9).toString('base64url');
}

/** Creates, changes and archives flags, in every environment at once. */
@Injectable()
export class FlagsService {
  constructor(
    private readonly writer: FlagWriter,
    private readonly store: FlagsStore,
    private readonly view: FlagsView,
    private readonly world: FlagWorld,
  ) {}

  /** Creates a flag, switched off everywhere. */
  create(scope: ProjectScope, wanted: CreateFlag, by: WriteBy): Promise<WriteResult<FlagView>> {
    const { projectId } = scope;
    return this.writer.inProject(projectId, by, async (ledger) => {
      const drafted = newDraft(wanted, ledger.at.getTime());
      if (!drafted.ok) return refuse('flag.invalid', { problems: drafted.problems });
      const { max } = LIMITS.flagsPerProject;
      if ((await this.view.countLive(projectId, ledger.tx)) >= max) refuse('limit.reached', { limit: 'flagsPerProject', max });
      const save = { ...drafted.draft, projectId, salt: newSalt(), createdBy: by.actor.name };
      const [flag] = await this.store.create(ledger.tx, [save], ledger.at);
      if (flag === undefined) return refuse('flag.key_taken', { flag: wanted.key });
      return workOf(ledger, { action: 'flag.create', before: null, flag, rows: NO_ROWS }, scope);
    });
  }

  /** Merge-patches a flag. */
  patch(scope: ProjectScope, key: string, wanted: PatchFlag, by: GuardedWrite): Promise<WriteResult<FlagView>> {
    const { projectId } = scope;
    return this.writer.inProject(projectId, by, async (ledger) => {
      const before = await this.writer.live(projectId, key, ledger);
      const rows = await this.rows(before, ledger);
      expectVersion(by.expected, before.version, () => viewOf(before, rows, scope));
      const drafted = patchedDraft(before, wanted, ledger.at.getTime());
      if (!drafted.ok) return refuse('flag.invalid', { problems: drafted.problems });
      const draft = { ...before, ...drafted.draft };
      const problems = await this.neighbourProblems(draft, rows, { ledger, scope });
      if (problems.length > 0) refuse('flag.invalid', { problems });
      return this.writer.withSegments(ledger, { projectId, isSeen: before.clientVisible || draft.clientVisible }, async () => {
        const [flag = draft] = await this.store.update(ledger.tx, [draft], ledger.at);
        const work = workOf(ledger, { action: 'flag.update', before, flag, rows }, scope);
        return { ...work, flagChanges: valueChanges({ before, after: flag, rows }, scope) };
      });
    });
  }

  /** Archives a flag that no other one needs; its key is never used again. Archiving twice is archiving once. */
  archive(scope: ProjectScope, key: string, by: GuardedWrite): Promise<WriteResult<FlagView>> {
    const { projectId } = scope;
    return this.writer.inProject(projectId, by, async (ledger) => {
      const before = (await this.view.find(projectId, key, ledger.tx)) ?? refuse('flag.not_found', { flag: key });
      const rows = await this.rows(before, ledger);
      if (before.archivedAt !== null) return { entries: new Map(), audit: [], result: viewOf(before, rows, scope) };
      expectVersion(by.expected, before.version, () => viewOf(before, rows, scope));
      const usedBy = (await this.view.dependents(before, ledger.tx)).map(({ environment, flag }) => ({ environment, flag }));
      if (usedBy.length > 0) refuse('flag.in_use', { flag: key, usedBy });
      return this.writer.withSegments(ledger, { projectId, isSeen: before.clientVisible }, async () => {
        const flag = await this.store.archive(ledger.tx, before.id, ledger.at);
        return workOf(ledger, { action: 'flag.archive', before, flag, rows }, scope);
      });
    });
  }

  private async rows(flag: FlagRecord, { tx }: LedgerTransaction): Promise<StateRows> {
    return { configs: await this.view.configs([flag.id], tx), kills: await this.view.kills([flag.id], tx) };
  }

  /** What a changed flag would break: its own configurations, and the flags that have it as a prerequisite. */
  private async neighbourProblems(
    flag: FlagRecord,
    rows: StateRows,
    { ledger, scope }: { ledger: LedgerTransaction; scope: ProjectScope },
  ): Promise<readonly RequestProblem[]> {
    const problems: RequestProblem[] = [];
    for (const config of rows.configs) {
      const { environmentId } = config;
      const world = await this.world.around(flag, config, { ledger, environmentId });
      const place = pointer(['environments', scope.environments.get(environmentId) ?? environmentId]);
      problems.push(...configProblems(config, world).map(({ path, message }) => ({ path: `${place}${path}`, message })));
    }
    const dependents = await this.view.dependents(flag, ledger.tx);
    return [...problems, ...dependentProblems(flag, knownFlag(flag), dependents)];
  }
}

interface FlagStep {
  readonly action: string;
  readonly before: FlagRecord | null;
  readonly flag: FlagRecord;
  readonly rows: StateRows;
}

function viewOf(flag: FlagRecord, rows: StateRows, { environments }: ProjectScope): FlagView {
  const states = [...environments].map(([id, environment]) => {
    const { config, kill } = stateOf(flag, id, rows);
    return { environment, on: config.on, killed: kill !== null };
  });
  return flagView(flag, states);
}

/** Other values of variants are a change in every environment that serves them. */
function valueChanges(
  { before, after, rows }: { readonly before: FlagRecord; readonly after: FlagRecord; readonly rows: StateRows },
  { environments }: ProjectScope,
): readonly FlagChange[] {
  const isSame = diff(before.variants, after.variants).length === 0 && before.safeVariant === after.safeVariant;
  const served = [...environments.keys()].filter((id) => stateOf(before, id, rows).config.on);
  return isSame ? [] : served.map((environmentId) => ({ environmentId, flag: after.key, tags: before.tags, action: 'change' }));
}

function workOf(ledger: LedgerTransaction, { action, before, flag, rows }: FlagStep, scope: ProjectScope): Work<FlagView> {
  const documentOf = (each: FlagRecord) => ({
    key: each.key,
    type: each.type,
    ...flagDocument(each),
    archivedAt: each.archivedAt?.toISOString(),
  });
  const line = { action, resourceKind: 'flag', resourceKey: flag.key, before: before && documentOf(before), after: documentOf(flag) };
  return { entries: flagEntries(flag, rows, ledger.nextRevision), audit: [line], result: viewOf(flag, rows, scope) };
}
