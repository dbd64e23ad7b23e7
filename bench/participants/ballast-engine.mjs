import { evaluate } from '@ballast/evaluation';
import { checksumOf, stateFrom } from '@ballast/protocol';
import { contextOf, snapshotOf } from './ballast-flags.mjs';

/** The engine without the client around it. */
export async function start(kind, stage) {
  const snapshot = snapshotOf(kind, { stage });
  const { state } = stateFrom({ ...snapshot, checksum: checksumOf(snapshot) });
  return {
    contextOf,
    ask: (key, context) => evaluate(state, key, context, 'boolean').value,
    stop: () => {},
  };
}
