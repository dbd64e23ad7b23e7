import { EXPOSURES_MAX_HOURS, type ExposuresQuery } from '@ballast/api';
import { refuse } from '../errors.js';

const HOUR_MS = 3_600_000;

/** The range that a query asks for, the last hour unless it says; refuses one that is empty or too long. */
export function rangeOf(query: ExposuresQuery, now: number): { readonly from: number; readonly to: number } {
  const to = query.to === undefined ? now : Date.parse(query.to);
  const from = query.from === undefined ? to - HOUR_MS : Date.parse(query.from);
  if (from >= to) refuse('request.invalid', { problems: [{ path: '/from', message: 'must be before to' }] });
  if (to - from > EXPOSURES_MAX_HOURS * HOUR_MS) {
    refuse('request.invalid', { problems: [{ path: '/from', message: `must be at most ${EXPOSURES_MAX_HOURS} hours before to` }] });
  }
  return { from, to };
}
