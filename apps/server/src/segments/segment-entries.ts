import type { Segment } from '@ballast/evaluation';
import { Injectable } from '@nestjs/common';
import type { EntryChange, LedgerTransaction } from '../changes/index.js';
import { movedSegments, type SegmentReach } from './reach.js';
import { SegmentsView } from './segments.view.js';

/** Changes per environment id, as the ledger takes them. */
export type Entries = ReadonlyMap<string, readonly EntryChange[]>;

/** What clients must feel when segments enter or leave the client view because of a neighbour. */
@Injectable()
export class SegmentEntries {
  constructor(private readonly view: SegmentsView) {}

  /** The segments of a project and who reaches them, to compare with later. */
  reach(ledger: LedgerTransaction, projectId: string): Promise<SegmentReach> {
    return this.view.reach(ledger.tx, projectId);
  }

  /** Adds the segments that entered or left the client view of a locked environment since `before`. */
  async withMoved(ledger: LedgerTransaction, entries: Entries, change: ReachChange): Promise<Entries> {
    const environmentIds = [...ledger.nextRevision.keys()];
    const moved = new Map(environmentIds.map((id) => [id, movedSegments(change.before, change.after, id)]));
    const keys = new Set([...moved.values()].flatMap((each) => [...each.keys()]));
    if (keys.size === 0) return entries;
    const served = await this.view.served(ledger.tx, environmentIds, [...keys]);
    const added = new Map(environmentIds.map((id): [string, EntryChange[]] => [id, []]));
    for (const { environmentId, segment } of served) {
      const isSeen = moved.get(environmentId)?.get(segment.key);
      if (isSeen !== undefined) added.get(environmentId)?.push(entryOf(segment, isSeen));
    }
    return new Map(environmentIds.map((id) => [id, [...(added.get(id) ?? []), ...(entries.get(id) ?? [])]]));
  }
}

/** Who reached which segments before a write and who does after it. */
export interface ReachChange {
  readonly before: SegmentReach;
  readonly after: SegmentReach;
}

/** A segment as the two views see it. */
export function entryOf(segment: Segment, isClientVisible: boolean): EntryChange {
  return { kind: 'segment', key: segment.key, server: segment, client: isClientVisible ? segment : null };
}
