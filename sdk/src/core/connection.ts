import {
  affectedFlags,
  applyDelta,
  connected,
  current,
  deltaCame,
  differences,
  disconnected,
  fetchFailed,
  isCount,
  left,
  NONE,
  parseDelta,
  type Resync,
  revoked,
  type SessionEffects,
  type SessionEvent,
  type SnapshotState,
  silent,
  snapshotCame,
  step,
  wasReset,
  wentStale,
} from '@ballast/protocol';
import { ask, type Core, cancel, later, tell } from './core.js';
import { membersOf, parseJson } from './json.js';
import { RECEIPT_PAUSE_MS } from './limits.js';
import { persist, prepare } from './store.js';

/** Lets something happen to the session, and does what it asks for: stream, requests, timers. All decisions are the session's. */
export function happen(core: Core, event: SessionEvent): void {
  core.session = step(core.session, event, core.random);
  const effects = effectsOf(core);
  for (const action of core.session.actions) action(effects);
  for (const check of core.waiting) check();
}

function effectsOf(core: Core): SessionEffects {
  return {
    connect: (since) => connect(core, since),
    disconnect: () => {
      core.socket?.close();
      core.socket = undefined;
    },
    wake: (event, ms) => {
      cancel(core, event);
      later(core, event, ms, () => happen(core, event));
    },
    fetch: (since) => fetch(core, since),
    resync: (since) => core.socket?.send('resync', heldAt(core, since)),
    adopt: (snapshot) => adopt(core, snapshot),
    receipt: () => receipt(core),
    persist: () => persist(core),
    emit: (event) => {
      const { changed } = core;
      if (event === 'ready') core.lastProblem = '';
      core.emitter.emit(event, () => {
        return { revision: core.state?.revision, cached: core.session.cached, keys: event === 'configurationChanged' ? changed() : [] };
      });
    },
    fail: (problem) => tell(core, problem),
  };
}

/** Names what is held, so that the other end can tell whether it is what it knows. */
function heldAt(core: Core, since: number): Resync {
  return since === NONE ? {} : { since, checksum: core.state?.checksum };
}

/** The first receipt at once, so that whoever waits for it waits no longer than needed; after it a pause, and then the newest. */
function receipt(core: Core): void {
  const { state, socket, told } = core;
  if (!state || core.timers.has(receipt)) return;
  const { revision, checksum } = state;
  if (revision === told) return;
  core.told = revision;
  socket?.send('applied', { revision, checksum, at: core.now() });
  later(core, receipt, RECEIPT_PAUSE_MS, () => receipt(core));
}

function connect(core: Core, since: number): void {
  const { url, key, instance, sdk } = core;
  core.told = NONE;
  core.socket = core.openSocket(
    url,
    { key, instance, sdk, ...heldAt(core, since) },
    {
      connected: () => happen(core, connected),
      message: (event, payload) => heard(core, event, payload),
      disconnected: (because) => {
        core.socket = undefined;
        happen(core, because === 'silent' ? silent : disconnected(because));
      },
    },
  );
}

function heard(core: Core, event: unknown, payload: unknown): void {
  if (event === 'delta') lead(core, payload, false);
  const { checksum, revision, reason } = membersOf(payload);
  if (event === 'reset' && isCount(revision)) happen(core, wasReset(revision, checksum !== core.state?.checksum));
  if (event === 'stale') happen(core, wentStale);
  if (event === 'goodbye') happen(core, reason === 'revoked' ? revoked : left);
}

function lead(core: Core, payload: unknown, isAnswer: boolean): void {
  const delta = parseDelta(payload);
  const { state } = core;
  if (typeof delta === 'string') {
    tell(core, delta);
    happen(core, deltaCame(0, { outcome: 'resync', because: 'checksum' }, isAnswer));
    return;
  }
  const result = state ? applyDelta(state, delta) : ({ outcome: 'resync', because: 'gap' } as const);
  if (state && result.outcome === 'applied') core.changed = () => affectedFlags(state, result.changed);
  happen(core, deltaCame(delta.to, result, isAnswer));
}

function adopt(core: Core, after: SnapshotState): void {
  const { state: before } = core;
  core.told = NONE;
  core.state = after;
  core.changed = () => affectedFlags(after, before ? differences(before, after) : []);
}

/** Hands a good answer on; whatever else comes back is a failed fetch. */
function fetch(core: Core, since: number): void {
  const path = since === NONE ? 'snapshot' : `changes?since=${since}&checksum=${core.state?.checksum}`;
  core.request = ask(core, path, ({ status, text }) => {
    if (status === 204) happen(core, current);
    else if (status !== 200) happen(core, fetchFailed(status, `${path} ${status}: ${text.slice(0, 200)}`));
    else if (since === NONE) arrived(core, parseJson(text));
    else lead(core, parseJson(text), true);
  });
}

function arrived(core: Core, snapshot: unknown): void {
  const prepared = prepare(snapshot);
  happen(core, typeof prepared === 'string' ? fetchFailed(0, prepared) : snapshotCame(prepared));
}
