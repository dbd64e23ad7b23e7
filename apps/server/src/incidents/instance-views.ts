import type { InstanceState, InstanceView } from '@ballast/api';
import type { InstanceReport } from '@ballast/protocol';
import { standingOf } from '@ballast/streaming';

/** How an instance is doing, with all that is known of it. */
export type Judged = Omit<InstanceReport, 'state'> & { readonly state: InstanceState; readonly via: InstanceView['via'] };

/** Judges a report; undefined when it took leave. */
export function judge(report: InstanceReport, newest: number): Judged | undefined {
  const { state, revision } = report;
  if (state === 'gone') return undefined;
  const standing = standingOf(report);
  if (standing === 'away' || standing === 'lost') return { ...report, state: standing, via: 'stream' };
  if (state !== 'polling') return state === 'lost' ? undefined : { ...report, state, via: 'stream' };
  if (standing === 'late') return { ...report, state: 'late', via: 'poll' };
  return { ...report, state: (revision ?? -1) >= newest ? 'current' : 'behind', via: 'poll' };
}

/** Whether somebody should look after an instance. */
export function isTroubled({ state }: Pick<Judged, 'state'>): boolean {
  return state === 'wedged' || state === 'silent' || state === 'lost' || state === 'late';
}

/** Whether nobody can say what an instance serves, for it has no stream and does not ask in time. */
export function isMissing({ state }: Pick<Judged, 'state'>): boolean {
  return state === 'away' || state === 'lost' || state === 'late';
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
