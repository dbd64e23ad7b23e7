// What a store of 10 000 flags costs: memory, time to prepare it, time to lead it on by one flag. Run with --expose-gc, reports by message.
import { performance } from 'node:perf_hooks';
import { prepareFlag } from '@ballast/evaluation';
import { applyDelta, checksumOf, entryHash, exchange, stateFrom } from '@ballast/protocol';
import { clock } from './clock.mjs';
import { flagOf, snapshotOf } from './participants/ballast-flags.mjs';
import { median } from './statistics.mjs';

const COUNT = 10_000;
const ROUNDS = 9;
const DELTAS = 2_000;
const keys = Array.from({ length: COUNT }, (_, i) => `checkout-step-${i}`);

const [, , kind] = process.argv;
const snapshot = snapshotOf(kind, { keys });
const text = JSON.stringify({ ...snapshot, checksum: checksumOf(snapshot) });

function usedHeap() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Everything that the store holds for these flags, what arrived included. */
function heap() {
  const before = usedHeap();
  const { state } = stateFrom(JSON.parse(text));
  const megabytes = (usedHeap() - before) / 1e6;
  if (state.flags.size !== COUNT) throw new Error(`${state.flags.size} flags`);
  return megabytes;
}

function milliseconds(work) {
  globalThis.gc();
  const began = clock.now();
  work();
  return (clock.now() - began) / 1e6;
}

function prepareAll(flags) {
  const prepared = new Map();
  for (const key of keys) prepared.set(key, prepareFlag(flags[key]));
  return prepared;
}

/** One flag changes, all the others stay: the fold, the checksum included. */
function delta() {
  const { state } = stateFrom(JSON.parse(text));
  const deltas = [];
  let { checksum } = state;
  let before = flagOf(kind, keys[0]);
  for (let i = 0; i < DELTAS; i++) {
    const value = { ...before, version: i + 2 };
    checksum = exchange(checksum, entryHash('flag', keys[0], before), entryHash('flag', keys[0], value));
    deltas.push({ environment: 'bench', from: i + 1, to: i + 2, checksum, changes: [{ kind: 'flag', key: keys[0], value }] });
    before = value;
  }
  const began = performance.now();
  for (const one of deltas) if (applyDelta(state, one).outcome !== 'applied') throw new Error('not applied');
  return (performance.now() - began) / DELTAS;
}

const rounds = (measure) => median(Array.from({ length: ROUNDS }, measure));
const first = JSON.parse(text);
const cold = milliseconds(() => prepareAll(first.flags));
process.send({
  heap: rounds(heap),
  cold,
  prepare: rounds(() => {
    const { flags } = JSON.parse(text);
    return milliseconds(() => prepareAll(flags));
  }),
  fill: rounds(() => {
    const arrived = JSON.parse(text);
    return milliseconds(() => stateFrom(arrived));
  }),
  delta: rounds(delta),
});
