import {
  closed,
  connectDue,
  connected,
  current,
  type DeltaOutcome,
  deltaCame,
  disconnected,
  fetchDue,
  fetchFailed,
  left,
  NONE,
  revoked,
  type SessionAction,
  type SessionEffects,
  type SessionEvent,
  silent,
  snapshotCame,
  started,
  wasReset,
  wentStale,
} from '@ballast/protocol';
import { aSnapshot, aState } from './makers.js';

/** An event of a session as data, the way conformance cases write it. */
export type EventInWords =
  | { readonly kind: 'start'; readonly held?: number; readonly isVouchedFor?: boolean }
  | { readonly kind: 'due'; readonly timer: 'connect' | 'fetch' }
  | { readonly kind: 'connected' | 'silence' | 'stale' | 'current' | 'close' }
  | { readonly kind: 'disconnected'; readonly status?: number }
  | { readonly kind: 'goodbye'; readonly reason: string }
  | { readonly kind: 'reset'; readonly revision: number; readonly isOther?: boolean }
  | { readonly kind: 'snapshot'; readonly revision: number }
  | { readonly kind: 'delta'; readonly to: number; readonly via: 'stream' | 'http'; readonly result: DeltaOutcome }
  | { readonly kind: 'fetchFailed'; readonly status: number; readonly problem: string };

const plain = { connected, silence: silent, stale: wentStale, current, close: closed };

/** The event that the words stand for. */
export function eventOf(words: EventInWords): SessionEvent {
  switch (words.kind) {
    case 'start':
      return started(words.held, words.isVouchedFor);
    case 'due':
      return words.timer === 'connect' ? connectDue : fetchDue;
    case 'disconnected':
      return disconnected(words.status);
    case 'goodbye':
      return words.reason === 'revoked' ? revoked : left;
    case 'reset':
      return wasReset(words.revision, words.isOther);
    case 'snapshot':
      return snapshotCame(aState(aSnapshot({ revision: words.revision })));
    case 'delta':
      return deltaCame(words.to, words.result, words.via === 'http');
    case 'fetchFailed':
      return fetchFailed(words.status, words.problem);
    default:
      return plain[words.kind];
  }
}

/** What actions ask for, as conformance cases write it. */
export function inWords(actions: readonly SessionAction[]): string[] {
  const said: string[] = [];
  const since = (words: string, revision: number) => said.push(revision === NONE ? words : `${words} since ${revision}`);
  const effects: SessionEffects = {
    connect: (revision) => since('connect', revision),
    disconnect: () => said.push('disconnect'),
    wake: (event, afterMs) => said.push(`wake ${event === connectDue ? 'connect' : 'fetch'} ${afterMs}`),
    fetch: (revision) => (revision === NONE ? said.push('fetchSnapshot') : since('fetchChanges', revision)),
    resync: (revision) => since('resync', revision),
    adopt: () => said.push('adopt'),
    receipt: (revision) => said.push(`receipt ${revision}`),
    persist: () => said.push('persist'),
    emit: (event) => said.push(`emit ${event}`),
    fail: (problem) => said.push(`emit error: ${problem}`),
  };
  for (const action of actions) action(effects);
  return said;
}
