import { decodeCursor, encodeCursor } from '@ballast/api';
import { refuse } from '../errors.js';
import type { KeyPage } from './environments.store.js';

/** Reads the cursor of a list that is ordered by key. */
export function keyPage(query: { readonly limit: number; readonly cursor?: string | undefined }): KeyPage {
  if (query.cursor === undefined) return { limit: query.limit, after: null };
  const [after] = decodeCursor(query.cursor) ?? [];
  if (typeof after !== 'string')
    return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
  return { limit: query.limit, after };
}

/** One page out of rows of which one more than asked for was read. */
export function pageOfKeys<Row extends { readonly key: string }, View>(rows: readonly Row[], limit: number, view: (row: Row) => View) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), nextCursor: rows.length > limit && last ? encodeCursor([last.key]) : null };
}
