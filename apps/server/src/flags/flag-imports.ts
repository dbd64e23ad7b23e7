import { isStorable, LIMITS } from '@ballast/api';
import type { ImportItem } from '@ballast/importers';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import type { AuditEntry, EntryChange, FlagChange, LedgerTransaction, Work, WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { SegmentEntries } from '../segments/index.js';
import { actionOf } from './change-action.js';
import { expiryOf } from './checks.js';
import { segmentRefs } from './config-checks.js';
import type { FlagRecord } from './flag.types.js';
import { byFlag, flagEntries, type StateRows, stateOf } from './flag-states.js';
import { configDocument, flagDocument } from './flag-views.js';
import { knownFlag } from './flag-world.js';
import { FlagWriter } from './flag-writer.js';
import { newSalt } from './flags.service.js';
import { FlagsStore } from './flags.store.js';
import { FlagsView } from './flags.view.js';
import { type ImportStep, type ImportWorld, planImport } from './import-plan.js';

/** Flags to create or change, with their configuration in one environment. */
export interface ImportRequest extends WriteBy {
  readonly projectId: string;
  readonly environmentId: string;
  readonly items: readonly ImportItem[];
  /** Of flags that do not exist yet; without one those are refused. */
  readonly owner: string | null;
  /** Of flags that do not exist yet: one of the two, or those are refused. */
  readonly expiresAt?: string | undefined;
  readonly ttlDays?: number | undefined;
}

/** What became of one flag of the request. */
export interface ImportOutcome {
  readonly key: string;
  readonly outcome: ImportStep['outcome'];
  readonly reasons: readonly string[];
}

type Taken = Extract<ImportStep, { draft: object }>;

interface Saved {
  readonly flags: readonly FlagRecord[];
  readonly rows: ReadonlyMap<string, StateRows>;
}

/** Takes many flags in one write; what cannot be taken is refused by itself and does not keep the others out. */
@Injectable()
export class FlagImports {
  constructor(
    private readonly writer: FlagWriter,
    private readonly store: FlagsStore,
    private readonly view: FlagsView,
    private readonly segments: SegmentEntries,
  ) {}

  /** Creates and changes flags; answers what became of each, in the order of the request. */
  apply(request: ImportRequest): Promise<WriteResult<readonly ImportOutcome[]>> {
    const { projectId, actor, reason, dryRun } = request;
    return this.writer.inProject(projectId, { actor, reason, dryRun }, async (ledger) => {
      const { max } = LIMITS.importEntries;
      if (request.items.length * ledger.nextRevision.size > max) refuse('limit.reached', { limit: 'importEntries', max });
      const world = await this.read(request, ledger);
      const steps = planImport(request.items, world);
      const taken = steps.filter((step): step is Taken => step.outcome === 'created' || step.outcome === 'changed');
      const isSeen = taken.some(({ draft }) => draft.clientVisible);
      return this.writer.withSegments(ledger, { projectId, isSeen }, async () => {
        const saved = await this.save(taken, request, ledger);
        return { ...workOf({ taken, world, saved }, ledger), result: steps.map(outcomeOf) };
      });
    });
  }

  private async read({ projectId, environmentId, items, ...request }: ImportRequest, ledger: LedgerTransaction): Promise<ImportWorld> {
    const { tx } = ledger;
    const named = items.flatMap(({ config }) => config.prerequisites.map(({ flag }) => flag));
    const found = await this.view.findMany(projectId, [...new Set([...items.map(({ key }) => key), ...named])].filter(isStorable), tx);
    const rows = await this.rows(found, ledger);
    const { nodes } = await this.segments.reach(ledger, projectId);
    return {
      environmentId,
      existing: new Map(found.map((flag) => [flag.key, { flag, rows: rows.get(flag.id) ?? NO_ROWS }])),
      segments: nodes,
      known: new Map(found.map((flag) => [flag.key, knownFlag(flag)])),
      prerequisites: await this.view.prerequisites(environmentId, tx),
      dependents: await this.view.allDependents(projectId, tx),
      owner: request.owner,
      expiry: expiryOf({ kind: 'release', expiresAt: request.expiresAt, ttlDays: request.ttlDays }, ledger.at.getTime()),
      room: LIMITS.flagsPerProject.max - (await this.view.countLive(projectId, tx)),
    };
  }

  private async rows(flags: readonly FlagRecord[], { tx }: LedgerTransaction): Promise<Map<string, StateRows>> {
    const ids = flags.map(({ id }) => id);
    const configs = byFlag(await this.view.configs(ids, tx));
    const kills = byFlag(await this.view.kills(ids, tx));
    return new Map(ids.map((id) => [id, { configs: configs.get(id) ?? [], kills: kills.get(id) ?? [] }]));
  }

  private async save(
    taken: readonly Taken[],
    { projectId, environmentId, actor }: ImportRequest,
    ledger: LedgerTransaction,
  ): Promise<Saved> {
    const created = taken.flatMap(({ draft, flag }) =>
      flag === null ? [{ ...draft, projectId, salt: newSalt(), createdBy: actor.name }] : [],
    );
    const changed = taken.flatMap(({ draft, flag }) => (flag === null ? [] : [{ ...flag, ...draft }]));
    const flags = [
      ...(await this.store.create(ledger.tx, created, ledger.at)),
      ...(await this.store.update(ledger.tx, changed, ledger.at)),
    ];
    const ids = new Map(flags.map(({ key, id }) => [key, id]));
    const configs = taken.map(({ key, config }) => ({
      flagId: ids.get(key) ?? '',
      environmentId,
      config,
      segmentRefs: segmentRefs(config),
    }));
    await this.store.saveConfigs(ledger.tx, configs, { actor: actor.name, at: ledger.at });
    return { flags, rows: await this.rows(flags, ledger) };
  }
}

const NO_ROWS: StateRows = { configs: [], kills: [] };

function outcomeOf(step: ImportStep): ImportOutcome {
  return { key: step.key, outcome: step.outcome, reasons: step.outcome === 'refused' ? step.reasons : [] };
}

interface ImportDone {
  readonly taken: readonly Taken[];
  readonly world: ImportWorld;
  readonly saved: Saved;
}

/** Two lines per flag: what it is, and how it is configured in the environment. */
function linesOf(flag: FlagRecord, { world, saved }: ImportDone): AuditEntry[] {
  const { environmentId } = world;
  const before = world.existing.get(flag.key);
  const after = stateOf(flag, environmentId, saved.rows.get(flag.id) ?? NO_ROWS);
  const what = { resourceKind: 'flag', resourceKey: flag.key };
  const oldConfig = before === undefined ? null : configDocument(stateOf(before.flag, environmentId, before.rows).config);
  return [
    {
      ...what,
      action: before === undefined ? 'flag.create' : 'flag.update',
      before: before ? flagDocument(before.flag) : null,
      after: flagDocument(flag),
    },
    { ...what, environmentId, action: 'flag.configure', before: oldConfig, after: configDocument(after.config) },
  ];
}

/** What the import does to a flag that exists; a new one has no past to compare with. */
function changeOf(flag: FlagRecord, { world, saved }: ImportDone): FlagChange | null {
  const existing = world.existing.get(flag.key);
  if (existing === undefined) return null;
  const { environmentId } = world;
  const before = stateOf(existing.flag, environmentId, existing.rows);
  const action = actionOf({ flag, before, after: stateOf(flag, environmentId, saved.rows.get(flag.id) ?? NO_ROWS) });
  return action === null ? null : { environmentId, flag: flag.key, tags: flag.tags, action };
}

function workOf(done: ImportDone, ledger: LedgerTransaction): Omit<Work<unknown>, 'result'> {
  const entries = new Map([...ledger.nextRevision.keys()].map((id): [string, EntryChange[]] => [id, []]));
  for (const flag of done.saved.flags) {
    const rows = done.saved.rows.get(flag.id) ?? NO_ROWS;
    for (const [id, changes] of flagEntries(flag, rows, ledger.nextRevision)) entries.get(id)?.push(...changes);
  }
  const flagChanges = done.saved.flags.flatMap((flag) => changeOf(flag, done) ?? []);
  return { entries, audit: done.saved.flags.flatMap((flag) => linesOf(flag, done)), flagChanges };
}
