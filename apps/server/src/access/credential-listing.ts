import { decodeCursor, encodeCursor } from '@ballast/api';
import { z } from 'zod';
import { refuse } from '../errors.js';
import type { Page } from './credentials.store.js';

/** The place of a credential in its list: a moment that the database can hold, and an id. */
const place = z.tuple([
  z
    .int()
    .min(0)
    .max(Date.UTC(9999, 11, 31)),
  z.uuid(),
]);

/** Reads the cursor of a list that is ordered by creation. */
export function pageFrom(query: { readonly limit: number; readonly cursor?: string | undefined }): Page {
  if (query.cursor === undefined) return { limit: query.limit, after: null };
  const { data } = place.safeParse(decodeCursor(query.cursor));
  if (data === undefined) return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
  const [at, id] = data;
  return { limit: query.limit, after: { createdAt: new Date(at), id } };
}

/** One page out of rows of which one more than asked for was read. */
export function listed<Row extends { readonly createdAt: Date; readonly id: string }, View>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => View,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last ? encodeCursor([last.createdAt.getTime(), last.id]) : null;
  return { items: shown.map(view), nextCursor };
}

/** The end of a new credential; one in the past is a mistake. */
export function futureOf(moment: string | undefined, now: number): Date | null {
  if (moment === undefined) return null;
  const expiresAt = new Date(moment);
  if (expiresAt.getTime() <= now) refuse('request.invalid', { problems: [{ path: '/expiresAt', message: 'is in the past' }] });
  return expiresAt;
}
