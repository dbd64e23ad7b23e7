import { type AskedServerView, decodeCursor, encodeCursor, type InstanceView, type KeyUse } from '@ballast/api';
import type { Question, Tally } from '@ballast/protocol';
import { refuse } from '../errors.js';
import type { Findings } from '../streaming/index.js';
import type { CensusResult } from './census.service.js';
import { instanceView, type Judged, judge, type Yardstick } from './instance-views.js';
import type { NamedKey } from './key-uses.view.js';

const LONGEST_NAME = 64;

/** Where a page of instances begins, for a question. */
export function after(cursor: string | undefined): Pick<Question, 'after'> {
  if (cursor === undefined) return {};
  const [name] = decodeCursor(cursor) ?? [];
  if (typeof name === 'string' && name.length <= LONGEST_NAME) return { after: name };
  return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
}

/** Shows instances against a yardstick. */
export function shower(yardstick: Yardstick): (judged: Judged) => InstanceView {
  return (judged) => instanceView(judged, yardstick);
}

/** One page by name, as the question listed it. */
export function page({ tally, next }: Pick<CensusResult, 'tally' | 'next'>, revision: number, show: (judged: Judged) => InstanceView) {
  const items = tally.listed.flatMap((report) => judge(report, revision) ?? []).map(show);
  return { items, nextCursor: next === undefined ? null : encodeCursor([next]) };
}

/** The servers that were asked. */
export function serverViews({ servers, at }: Pick<CensusResult, 'servers' | 'at'>): AskedServerView[] {
  return servers.map(({ id, name, version, seenMs, isAnswered, isAlive }) => {
    return { id, name, version, lastSeen: new Date(at - seenMs).toISOString(), answered: isAnswered, alive: isAlive };
  });
}

/** The keys that somebody presents, and those that were rotated and still open something. */
export function keyUses(keys: ReadonlyMap<string, NamedKey>, counts: Tally['keys'], now: number): KeyUse[] {
  const used = [...keys.values()].filter(({ id, replacedBy, expiresAt }) => {
    return counts[id] !== undefined || (replacedBy !== null && (expiresAt === null || expiresAt.getTime() > now));
  });
  return used.map(({ id, name, prefix, kind, expiresAt, replacedBy }) => {
    return { id, name, prefix, kind, instances: counts[id] ?? 0, expiresAt: expiresAt?.toISOString() ?? null, replacedBy };
  });
}

/** Whether every connected instance has applied what was asked for, as far as everyone says who was asked. */
export function hasArrived({ tally, isComplete }: Pick<Findings, 'tally' | 'isComplete'>): boolean {
  return isComplete && tally.applied === tally.connected;
}

/** How many instances may serve what is old without anybody being able to tell. */
export function staleOf({ tally, without }: Pick<CensusResult, 'tally' | 'without'>): number {
  return tally.silent + without.lost + without.late;
}
