import { parseSnapshot, type SnapshotState, snapshotOf, stateFrom } from '@ballast/protocol';
import { type Core, cancel, later, tell } from './core.js';
import { membersOf, parseJson, wordsOf } from './json.js';
import { SAVE_DELAY_MS } from './limits.js';

/** Takes the last known good, else the bootstrap; whether a checksum vouches for what was taken. */
export function fill(core: Core): boolean {
  take(core, 'cache', () => {
    const kept = core.cache?.load();
    return typeof kept === 'string' ? prepare(parseJson(kept)) : undefined;
  });
  if (core.state || core.bootstrap === undefined) return true;
  const members = membersOf(core.bootstrap);
  const { checksum } = members;
  const isSummed = checksum !== undefined;
  take(core, 'bootstrap', () => prepare({ ...members, checksum: checksum ?? 0 }, isSummed));
  return isSummed;
}

/** What cannot be read or used is told, and nothing more. */
function take(core: Core, name: string, make: () => SnapshotState | string | undefined): void {
  let made: SnapshotState | string | undefined;
  try {
    made = make();
  } catch (error) {
    made = wordsOf(error);
  }
  if (typeof made === 'string') tell(core, `${name} ignored: ${made}`);
  else core.state = made;
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
  if (core.cache) later(core, save, SAVE_DELAY_MS, keep);
}

/** Keeps now what waits to be kept. */
export async function save(core: Core): Promise<void> {
  if (cancel(core, save)) await keep(core);
}

async function keep(core: Core): Promise<void> {
  try {
    if (core.state) await core.cache?.save(JSON.stringify(snapshotOf(core.state)));
  } catch (error) {
    tell(core, `cache not written: ${error}`);
  }
}
