import { type AuditedChange, type AuditedChangeDetails, decodeCursor, encodeCursor, type ListChangesQuery } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { refuse } from '../errors.js';
import { AuditView } from './audit.view.js';

/** An id as the database can hold it. */
const ID = /^\d{1,18}$/;

/** Search in the audit of a project, or of what belongs to none (null). */
@Injectable()
export class Audit {
  constructor(private readonly view: AuditView) {}

  async list(projectId: string | null, { limit, cursor, ...filters }: ListChangesQuery) {
    const { items, hasMore } = await this.view.list({ projectId, filters, limit, before: placeOf(cursor) });
    return { items, nextCursor: hasMore ? cursorAfter(items) : null };
  }

  async get(projectId: string | null, id: string): Promise<AuditedChangeDetails> {
    const found = ID.test(id) ? await this.view.find(projectId, BigInt(id)) : null;
    return found ?? refuse('change.not_found', { change: id });
  }
}

function cursorAfter(items: readonly AuditedChange[]): string | null {
  const last = items.at(-1);
  return last ? encodeCursor([last.id]) : null;
}

function placeOf(cursor: string | undefined): bigint | null {
  if (cursor === undefined) return null;
  const [id] = decodeCursor(cursor) ?? [];
  if (typeof id === 'string' && ID.test(id)) return BigInt(id);
  return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
}
