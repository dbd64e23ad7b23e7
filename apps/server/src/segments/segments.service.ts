import {
  type CreateSegment,
  jsonProblem,
  LIMITS,
  mergePatch,
  type PatchSegment,
  type PutSegment,
  patchedSegment,
  problemsOf,
  type SegmentView,
} from '@ballast/api';
import { segmentsIn } from '@ballast/evaluation';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { ChangeLedger, type ExpectedVersions, expectVersion, type LedgerTransaction, type WriteResult } from '../changes/index.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { clientSegments, type SegmentReach } from './reach.js';
import { reachWith, segmentProblems } from './segment-checks.js';
import { type Entries, entryOf } from './segment-entries.js';
import { compileSegment, segmentDocument, segmentView } from './segment-views.js';
import { type SegmentRecord, type SegmentSave, SegmentsStore } from './segments.store.js';
import { SegmentsRoom } from './segments-room.js';

/** A segment by its names in a URL. */
export interface SegmentPlace {
  readonly project: string;
  readonly segment: string;
}

/** Who writes, and which version they have seen. */
export interface GuardedWrite extends WriteBy {
  readonly expected: ExpectedVersions;
}

const UNUSED = { flags: [], segments: [] };

/** Creates, changes and removes segments, in every environment at once. */
@Injectable()
export class SegmentsService {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly store: SegmentsStore,
    private readonly room: SegmentsRoom,
  ) {}

  /** Creates a segment. */
  async create(projectKey: string, wanted: CreateSegment, by: WriteBy): Promise<WriteResult<SegmentView>> {
    const { id: projectId } = await this.environments.project(projectKey);
    return this.ledger.write({ ...by, projectId, environmentIds: 'all' }, async (ledger) => {
      const count = await this.store.count(ledger.tx, projectId);
      if (count >= LIMITS.segmentsPerProject.max)
        refuse('limit.reached', { limit: 'segmentsPerProject', max: LIMITS.segmentsPerProject.max });
      const draft = saveOf({ ...wanted, name: wanted.name ?? wanted.key }, projectId, ledger.at);
      const reach = await this.room.view.reach(ledger.tx, projectId);
      refuseProblems(draft, reach);
      const record = (await this.store.create(ledger.tx, draft)) ?? refuse('segment.key_taken', { segment: draft.key });
      const result = segmentView(record, UNUSED);
      return { entries: entriesOf(ledger, record, reach), audit: [line('segment.create', null, record)], result };
    });
  }

  /** Replaces a segment. */
  put(place: SegmentPlace, wanted: PutSegment, by: GuardedWrite): Promise<WriteResult<SegmentView>> {
    return this.change(place, by, ({ key }) => ({ ...wanted, key, name: wanted.name ?? key }));
  }

  /** Merge-patches a segment. */
  patch(place: SegmentPlace, wanted: PatchSegment, by: GuardedWrite): Promise<WriteResult<SegmentView>> {
    const { reason: _, ...patch } = wanted;
    return this.change(place, by, (before) => ({ key: before.key, ...patched(before, patch) }));
  }

  private async change(place: SegmentPlace, by: GuardedWrite, edit: (before: SegmentRecord) => Edited): Promise<WriteResult<SegmentView>> {
    const { id: projectId } = await this.environments.project(place.project);
    return this.ledger.write({ ...by, projectId, environmentIds: 'all' }, async (ledger) => {
      const before = await this.locked(ledger, projectId, place.segment);
      const usedBy = await this.room.view.usedBy(projectId, place.segment, ledger.tx);
      expectVersion(by.expected, before.version, () => segmentView(before, usedBy));
      const draft = saveOf(edit(before), projectId, ledger.at);
      const reach = await this.room.view.reach(ledger.tx, projectId);
      refuseProblems(draft, reach);
      const record = await this.store.update(ledger.tx, before.id, draft);
      const after = reachWith(reach, draft);
      const entries = await this.room.entries.withMoved(ledger, entriesOf(ledger, record, after), { before: reach, after });
      return { entries, audit: [line('segment.update', before, record)], result: segmentView(record, usedBy) };
    });
  }

  /** Removes a segment that nothing uses. */
  async remove(place: SegmentPlace, by: GuardedWrite): Promise<WriteResult<SegmentView>> {
    const { id: projectId } = await this.environments.project(place.project);
    return this.ledger.write({ ...by, projectId, environmentIds: 'all' }, async (ledger) => {
      const record = await this.locked(ledger, projectId, place.segment);
      const usedBy = await this.room.view.usedBy(projectId, place.segment, ledger.tx);
      expectVersion(by.expected, record.version, () => segmentView(record, usedBy));
      if (usedBy.flags.length + usedBy.segments.length > 0) refuse('segment.in_use', { segment: record.key, usedBy });
      await this.store.remove(ledger.tx, record.id);
      const gone = { kind: 'segment', key: record.key, server: null, client: null } as const;
      const entries = new Map([...ledger.nextRevision.keys()].map((id) => [id, [gone]]));
      return { entries, audit: [line('segment.delete', record, null)], result: segmentView(record, UNUSED) };
    });
  }

  private async locked(ledger: LedgerTransaction, projectId: string, key: string): Promise<SegmentRecord> {
    return (await this.room.find(projectId, key, ledger.tx)) ?? refuse('segment.not_found', { segment: key });
  }
}

function line(action: string, before: SegmentRecord | null, after: SegmentRecord | null) {
  const documentOf = (record: SegmentRecord | null) => record && segmentDocument(record);
  return {
    action,
    resourceKind: 'segment',
    resourceKey: (after ?? before)?.key ?? '',
    before: documentOf(before),
    after: documentOf(after),
  };
}

function patched(before: SegmentRecord, patch: object) {
  const { when, ...document } = segmentDocument(before);
  const merged = mergePatch(when === null ? document : { ...document, when }, patch);
  const problem = jsonProblem(merged);
  if (problem !== null) refuse('request.invalid', { problems: problemsOf([problem]) });
  const parsed = patchedSegment.safeParse(merged);
  return parsed.success ? parsed.data : refuse('request.invalid', { problems: problemsOf(parsed.error.issues) });
}

type Edited = Omit<SegmentSave, 'projectId' | 'segmentRefs' | 'at' | 'when'> & { readonly when?: SegmentSave['when'] | undefined };

function saveOf(edited: Edited, projectId: string, at: Date): SegmentSave {
  const { key, name, description, by, when = null } = edited;
  const lists = { included: [...new Set(edited.included)], excluded: [...new Set(edited.excluded)] };
  return { key, name, description, by, when, ...lists, projectId, segmentRefs: when === null ? [] : segmentsIn(when), at };
}

function refuseProblems(draft: SegmentSave, reach: SegmentReach): void {
  const problems = segmentProblems(draft, reach);
  if (problems.length > 0) refuse('segment.invalid', { problems });
}

function entriesOf(ledger: LedgerTransaction, record: SegmentRecord, reach: SegmentReach): Entries {
  const entries = [...ledger.nextRevision].map(([id, revision]) => {
    const isSeen = clientSegments(reach, id).has(record.key);
    return [id, [entryOf(compileSegment(record, revision), isSeen)]] as const;
  });
  return new Map(entries);
}
