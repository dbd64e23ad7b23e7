import { isStorable } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import { SegmentEntries } from './segment-entries.js';
import { type SegmentRecord, SegmentsStore } from './segments.store.js';
import { SegmentsView } from './segments.view.js';

/** What the use cases of segments read: the table, its neighbours and the entries they lead to. */
@Injectable()
export class SegmentsRoom {
  constructor(
    readonly store: SegmentsStore,
    readonly view: SegmentsView,
    readonly entries: SegmentEntries,
  ) {}

  /** The segment with this key; the database is not asked for what cannot be a key, since it refuses some texts. */
  async find(projectId: string, key: string, tx?: Transaction): Promise<SegmentRecord | null> {
    return isStorable(key) ? this.store.find(projectId, key, tx) : null;
  }
}
