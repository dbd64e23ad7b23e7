import { parseSnapshot, type SnapshotState, snapshotOf, stateFrom } from '@ballast/protocol';
import { type Core, cancel, later, tell } from './core.js';
import { attempt, membersOf, parseJson } from './json.js';

const SAVE_DELAY_MS = 1_000;

/** Takes the last known good, else the bootstrap. */
export function fill(core: Core, bootstrap: unknown): void {
  const kept = attempt(
    () => core.cache?.load(),
    (error) => tell(core, `the cached snapshot could not be read: ${error}`),
  );
  if (typeof kept === 'string') take(core, 'cached snapshot', prepare(parseJson(kept)));
  const members = membersOf(bootstrap);
  const isSummed = 'checksum' in members;
  if (!core.state && bootstrap !== undefined) take(core, 'bootstrap', prepare({ checksum: 0, ...members }, isSummed));
}

function take(core: Core, name: string, prepared: SnapshotState | string): void {
  if (typeof prepared === 'string') tell(core, `the ${name} is ignored: ${prepared}`);
  else core.state = prepared;
}

/** Prepares what should be a snapshot, or says why it cannot be used. */
export function prepare(value: unknown, isSummed = true): SnapshotState | string {
  const snapshot = parseSnapshot(value);
  if (typeof snapshot === 'string') return snapshot;
  const { checksum, ...content } = snapshot;
  const made = stateFrom(isSummed ? snapshot : content);
  return 'state' in made ? made.state : made.problem;
}

/** Keeps the state within a second, however often it is asked to. */
export function persist(core: Core): void {
  if (core.cache) later(core, save, SAVE_DELAY_MS, () => void keep(core));
}

/** Keeps now what waits to be kept. */
export async function save(core: Core): Promise<void> {
  if (cancel(core, save)) await keep(core);
}

async function keep(core: Core): Promise<void> {
  try {
    if (core.state) await core.cache?.save(JSON.stringify(snapshotOf(core.state)));
  } catch (error) {
    tell(core, `the snapshot could not be kept: ${error}`);
  }
}
