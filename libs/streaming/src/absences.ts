import type { InstanceReport, Question } from '@ballast/protocol';
import type { Receipt, Who } from './instances.js';

/** How long those who poll, those whose stream broke off and those who took leave are remembered. */
const KEPT_MS = { polling: 600_000, lost: 300_000, gone: 300_000 } as const;
/** Instances that are remembered at most; the longest unheard of are forgotten first. */
const MOST = 10_000;

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
  forget(instance: string): void {
    this.#absent.delete(instance);
  }

  /** Its stream ended. A browser that lost its page says no more than one that lost its network: only back ends are looked for. */
  left({ instance, sdk, keyId, view, revision }: Receipt, state: 'lost' | 'gone', seenAt: number): void {
    if (view === 'server') this.#remember({ instance, sdk, keyId, state, revision: revision ?? null, seenAt });
  }

  /** It asks by HTTP for what follows a revision. */
  polled({ instance, sdk, keyId, revision }: Who & { readonly revision: number }, now: number): void {
    const before = this.#absent.get(instance);
    const gap = before?.state === 'polling' ? { gapMs: Math.max(0, Math.round(now - before.seenAt)) } : {};
    this.#remember({ instance, sdk, keyId, state: 'polling', revision, seenAt: now, ...gap });
  }

  /** Those that a question is about; who is gone is told to whoever asks for the name. */
  reports(now: number, { only = {}, most }: Question): readonly InstanceReport[] {
    const [missed, polling]: [InstanceReport[], InstanceReport[]] = [[], []];
    for (const { seenAt, ...absent } of this.#absent.values()) {
      const seenMs = Math.max(0, Math.round(now - seenAt));
      const list = absent.state === 'polling' ? polling : missed;
      if (seenMs > KEPT_MS[absent.state]) this.#absent.delete(absent.instance);
      else if (list.length < most && isWanted(absent, only)) list.push({ ...absent, seenMs, behindMs: 0 });
    }
    return [...missed, ...polling];
  }

  #remember(absent: Absent): void {
    this.#absent.delete(absent.instance);
    this.#absent.set(absent.instance, absent);
    const [oldest] = this.#absent.keys();
    if (this.#absent.size > MOST && oldest !== undefined) this.#absent.delete(oldest);
  }
}

/** Those who are missed first, then those who poll, the longest unheard of first: a list that is cut must not leave out who is in trouble. */
export function byTrouble(reports: readonly InstanceReport[]): readonly InstanceReport[] {
  return [...reports].sort((a, b) => Number(a.state === 'polling') - Number(b.state === 'polling') || b.seenMs - a.seenMs);
}

function isWanted({ instance, keyId, state }: Pick<Absent, 'instance' | 'keyId' | 'state'>, only: NonNullable<Question['only']>): boolean {
  if (only.names !== undefined) return only.names.includes(instance);
  return state !== 'gone' && (only.keyId ?? keyId) === keyId;
}
