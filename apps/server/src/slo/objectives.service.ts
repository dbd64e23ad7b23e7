import { randomUUID } from 'node:crypto';
import {
  type CreateObjective,
  isStorable,
  jsonProblem,
  LIMITS,
  mergePatch,
  type ObjectiveView,
  type PatchObjective,
  type PutObjective,
  patchedObjective,
  problemsOf,
} from '@ballast/api';
import { checkObjective } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import {
  type AuditEntry,
  ChangeLedger,
  type ExpectedVersions,
  expectVersion,
  type LedgerTransaction,
  type WriteResult,
} from '../changes/index.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { type ObjectiveDocument, type ObjectiveRecord, objectiveOf } from './objective.types.js';
import { objectiveDocument, objectiveView } from './objective-views.js';
import { ObjectivesStore } from './objectives.store.js';
import { StatesStore } from './states.store.js';

/** An objective by its names in a URL. */
export interface ObjectivePlace {
  readonly project: string;
  readonly objective: string;
}

/** Who writes, and which version they have seen. */
export interface GuardedWrite extends WriteBy {
  readonly expected: ExpectedVersions;
}

/** Creates, changes and removes objectives. */
@Injectable()
export class ObjectivesService {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly store: ObjectivesStore,
    private readonly states: StatesStore,
  ) {}

  /** The objective with this name. */
  async find({ project, objective }: ObjectivePlace): Promise<ObjectiveRecord> {
    const { id } = await this.environments.project(project);
    return (isStorable(objective) ? await this.store.find(id, objective) : null) ?? refuse('objective.not_found', { objective });
  }

  /** Creates an objective. */
  async create(project: string, wanted: CreateObjective, by: WriteBy): Promise<WriteResult<ObjectiveView>> {
    const { name, environment, reason: _, ...document } = wanted;
    const place = await this.environments.environment(project, environment);
    return this.ledger.write({ ...by, projectId: place.projectId, environmentIds: [] }, async ({ tx, at }) => {
      const record = { ...newRecord({ name, document, at }), project, projectId: place.projectId, environment, environmentId: place.id };
      await this.insert(tx, record);
      return { entries: new Map(), audit: [line('objective.create', null, record)], result: objectiveView(record, undefined) };
    });
  }

  /** Replaces an objective. */
  put(place: ObjectivePlace, { reason: _, ...document }: PutObjective, by: GuardedWrite): Promise<WriteResult<ObjectiveView>> {
    return this.change(place, by, () => document);
  }

  /** Merge-patches an objective. */
  patch(place: ObjectivePlace, { reason: _, ...patch }: PatchObjective, by: GuardedWrite): Promise<WriteResult<ObjectiveView>> {
    return this.change(place, by, ({ document }) => patched(document, patch));
  }

  /** Removes an objective and its past. */
  async remove(place: ObjectivePlace, by: GuardedWrite): Promise<WriteResult<ObjectiveView>> {
    const { id } = await this.environments.project(place.project);
    return this.ledger.write({ ...by, projectId: id, environmentIds: [] }, async (ledger) => {
      const before = await this.locked(ledger, id, place.objective);
      expectVersion(by.expected, before.version, () => objectiveView(before, undefined));
      await this.store.remove(ledger.tx, before.id);
      return { entries: new Map(), audit: [line('objective.delete', before, null)], result: objectiveView(before, undefined) };
    });
  }

  /** Saves a new objective inside a write, or refuses it. */
  async insert(tx: LedgerTransaction['tx'], record: ObjectiveRecord): Promise<void> {
    refuseErrors(record);
    const { max } = LIMITS.objectivesPerProject;
    if ((await this.store.count(tx, record.projectId)) >= max) refuse('limit.reached', { limit: 'objectivesPerProject', max });
    if (!(await this.store.create(tx, record))) refuse('objective.name_taken', { objective: record.name });
  }

  private async change(
    place: ObjectivePlace,
    by: GuardedWrite,
    edit: (before: ObjectiveRecord) => ObjectiveDocument,
  ): Promise<WriteResult<ObjectiveView>> {
    const { id } = await this.environments.project(place.project);
    return this.ledger.write({ ...by, projectId: id, environmentIds: [] }, async (ledger) => {
      const before = await this.locked(ledger, id, place.objective);
      const [state] = await this.states.of([before.id], ledger.tx);
      expectVersion(by.expected, before.version, () => objectiveView(before, state));
      const document = edit(before);
      refuseErrors({ ...before, document });
      const after = await this.store.update(ledger.tx, before, { document, at: ledger.at });
      return { entries: new Map(), audit: [line('objective.update', before, after)], result: objectiveView(after, state) };
    });
  }

  private async locked({ tx }: LedgerTransaction, projectId: string, name: string): Promise<ObjectiveRecord> {
    return (isStorable(name) ? await this.store.locked(tx, projectId, name) : null) ?? refuse('objective.not_found', { objective: name });
  }
}

/** A line of the audit about an objective. */
export function line(action: string, before: ObjectiveRecord | null, after: ObjectiveRecord | null): AuditEntry {
  const either = after ?? before;
  return {
    ...(either ? { environmentId: either.environmentId } : {}),
    action,
    resourceKind: 'objective',
    resourceKey: either?.name ?? '',
    before: before && objectiveDocument(before),
    after: after && objectiveDocument(after),
  };
}

/** A record that has not been saved yet, apart from where it is. */
export function newRecord({ name, document, at }: { readonly name: string; readonly document: ObjectiveDocument; readonly at: Date }) {
  return { id: randomUUID(), name, document, version: 1, createdAt: at, updatedAt: at };
}

/** Refuses an objective that cannot work, with all reasons; rules that can never fire are among them. */
function refuseErrors(record: ObjectiveRecord): void {
  const errors = checkObjective(objectiveOf(record)).filter(({ level }) => level === 'error');
  const problems = errors.map(({ path, message }) => ({ path: `/${path.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/')}`, message }));
  if (problems.length > 0) refuse('objective.invalid', { problems });
}

function patched(before: ObjectiveDocument, patch: object): ObjectiveDocument {
  const merged = mergePatch(before, patch);
  const problem = jsonProblem(merged);
  if (problem !== null) refuse('request.invalid', { problems: problemsOf([problem]) });
  const parsed = patchedObjective.safeParse(merged);
  return parsed.success ? parsed.data : refuse('request.invalid', { problems: problemsOf(parsed.error.issues) });
}
