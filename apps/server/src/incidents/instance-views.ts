import type { InstanceState, InstanceView } from '@ballast/api';
import type { InstanceReport } from '@ballast/protocol';

/** A stream that broke off is opened again within seconds, or the client polls. */
const LOST_MS = 10_000;
/** Who polls asks every 30 s, give or take a quarter, unless it has always asked less often. */
const LATE_MS = 60_000;

/** How an instance is doing, with all that is known of it. */
export type Judged = Omit<InstanceReport, 'state'> & { readonly state: InstanceState; readonly via: InstanceView['via'] };

/** Judges a report; undefined when it took leave, or while it is too early to say that a broken stream will not come back. */
export function judge(report: InstanceReport, newest: number): Judged | undefined {
  const { state, seenMs, revision, gapMs = 0 } = report;
  if (state === 'gone') return undefined;
  if (state === 'lost') return seenMs > LOST_MS ? { ...report, state, via: 'stream' } : undefined;
  if (state !== 'polling') return { ...report, state, via: 'stream' };
  if (seenMs > Math.max(LATE_MS, 2 * gapMs)) return { ...report, state: 'late', via: 'poll' };
  return { ...report, state: (revision ?? -1) >= newest ? 'current' : 'behind', via: 'poll' };
}

/** Whether an instance may serve what is old without anybody being able to tell. */
export function isStale({ state }: Pick<Judged, 'state'>): boolean {
  return state === 'silent' || state === 'lost' || state === 'late';
}

/** What instances are measured by. */
export interface Yardstick {
  readonly revision: number;
  readonly now: number;
  /** What is known of the keys of the environment, by id. */
  readonly keys: ReadonlyMap<string, { readonly id: string; readonly name: string; readonly prefix: string }>;
}

/** An instance as it is answered. */
export function instanceView(judged: Judged, { revision, now, keys }: Yardstick): InstanceView {
  const { id, name, prefix } = keys.get(judged.keyId) ?? {};
  return {
    instance: judged.instance,
    sdk: judged.sdk,
    key: id === undefined || name === undefined || prefix === undefined ? null : { id, name, prefix },
    revision: judged.revision,
    lag: { revisions: judged.revision === null ? null : Math.max(0, revision - judged.revision), ms: judged.behindMs },
    lastSeen: new Date(now - judged.seenMs).toISOString(),
    via: judged.via,
    relay: judged.relay ?? null,
    state: judged.state,
  };
}
