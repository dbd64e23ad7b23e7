import type { InstanceReport, Question } from '@ballast/protocol';
import { inTurns } from './in-turns.js';
import type { Receipt, Who } from './instances.js';
import { markOf, type RollEntry } from './roll.js';

/** How long those who poll, those whose stream broke off and those who took leave are remembered. */
const KEPT_MS = { polling: 600_000, lost: 300_000, gone: 300_000 } as const;
/** Instances that are remembered at most; the longest unheard of are forgotten first. */
const MOST = 10_000;
/** A stream that broke off is opened again within seconds, or the client polls. */
const LOST_MS = 10_000;
/** Who polls asks every 30 s, give or take a quarter, unless it has always asked less often. */
const LATE_MS = 60_000;

interface Absent extends Pick<Who, 'instance' | 'sdk' | 'keyId'> {
  readonly state: keyof typeof KEPT_MS;
  readonly revision: number | null;
  readonly seenAt: number;
  readonly gapMs?: number;
}

/** Instances of one environment that have no stream here: they poll, or their stream broke off. Oldest first. */
export class Absences {
  readonly #absent = new Map<string, Absent>();

  /** It has a stream. */
  forget(mark: string): void {
    this.#absent.delete(mark);
  }

  /** Its stream ended. A browser that lost its page says no more than one that lost its network: only back ends are looked for. */
  left({ instance, sdk, keyId, view, revision }: Receipt, state: 'lost' | 'gone', seenAt: number): void {
    if (view === 'server') this.#remember({ instance, sdk, keyId, state, revision: revision ?? null, seenAt });
  }

  /** It asks by HTTP for what follows a revision. */
  polled({ instance, sdk, keyId, revision }: Who & { readonly revision: number | null }, now: number): void {
    const before = this.#absent.get(markOf({ instance, keyId }));
    const gap = before?.state === 'polling' ? { gapMs: Math.max(0, Math.round(now - before.seenAt)) } : {};
    this.#remember({ instance, sdk, keyId, state: 'polling', revision, seenAt: now, ...gap });
  }

  /** Those that a question is about; who is gone is told to whoever asks for the name. */
  reports(now: number, question: Question): readonly InstanceReport[] {
    return this.#known(now).flatMap(({ seenAt, ...absent }) => {
      if (!isWanted(absent, question.only ?? {})) return [];
      return { ...absent, seenMs: Math.max(0, Math.round(now - seenAt)), behindMs: 0 };
    });
  }

  /** A line for each of those that a question is about, those who are gone among them. */
  roll(now: number, { only = {} }: Question): readonly RollEntry[] {
    const entries: RollEntry[] = [];
    for (const absent of this.#known(now)) {
      const seenMs = now - absent.seenAt;
      if ((only.keyId ?? absent.keyId) === absent.keyId)
        entries.push({ mark: markOf(absent), ageMs: seenMs, standing: standingOf({ ...absent, seenMs }) });
    }
    return entries;
  }

  #known(now: number): readonly Absent[] {
    for (const [mark, { state, seenAt }] of this.#absent) if (now - seenAt > KEPT_MS[state]) this.#absent.delete(mark);
    return [...this.#absent.values()];
  }

  #remember(absent: Absent): void {
    const mark = markOf(absent);
    this.#absent.delete(mark);
    this.#absent.set(mark, absent);
    const [oldest] = this.#absent.keys();
    if (this.#absent.size > MOST && oldest !== undefined) this.#absent.delete(oldest);
  }
}

/** How an instance without a stream stands: a stream that broke off a moment ago may come back any moment, and who polls may be overdue. */
export function standingOf({ state, seenMs, gapMs = 0 }: Pick<InstanceReport, 'state' | 'seenMs' | 'gapMs'>): RollEntry['standing'] {
  if (state === 'gone') return 'gone';
  if (state === 'lost') return seenMs > LOST_MS ? 'lost' : 'away';
  if (state === 'polling') return seenMs > Math.max(LATE_MS, 2 * gapMs) ? 'late' : 'polling';
  return 'connected';
}

/** Those who are missed first, then those who poll, of each key the longest unheard of first: a list that is cut must not leave out who is in trouble. */
export function byTrouble(reports: readonly InstanceReport[]): readonly InstanceReport[] {
  const sorted = [...reports].sort((a, b) => b.seenMs - a.seenMs);
  const isMissed = (report: InstanceReport) => standingOf(report) !== 'polling';
  return [...inTurns(sorted.filter(isMissed)), ...inTurns(sorted.filter((report) => !isMissed(report)))];
}

function isWanted({ instance, keyId, state }: Pick<Absent, 'instance' | 'keyId' | 'state'>, only: NonNullable<Question['only']>): boolean {
  if (only.names !== undefined) return only.names.includes(instance);
  return state !== 'gone' && (only.keyId ?? keyId) === keyId;
}
