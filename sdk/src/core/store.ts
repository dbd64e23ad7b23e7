import { checksumOf, parseSnapshot, type SnapshotState, snapshotOf, stateFrom } from '@ballast/protocol';
import { membersOf, parseJson } from './json.js';
import type { Cancel, Platform, SnapshotCache } from './transport.js';

const SAVE_DELAY_MS = 1_000;

/** Holds what is evaluated, and keeps the last known good for the next start. */
export class Store {
  /** What is evaluated now: live, else the last known good, else the bootstrap; undefined leaves the code defaults. */
  state: SnapshotState | undefined;
  readonly #after: Platform['after'];
  readonly #cache: SnapshotCache | null;
  readonly #warn: (message: string) => void;
  #timer: Cancel | null = null;

  constructor(after: Platform['after'], cache: SnapshotCache | null, warn: (message: string) => void) {
    this.#after = after;
    this.#cache = cache;
    this.#warn = warn;
  }

  /** Takes the last known good, else the bootstrap. */
  fill(bootstrap: unknown): void {
    const kept = this.#load();
    if (kept !== null) this.#take('the cached snapshot', parseJson(kept));
    if (!this.state && bootstrap !== undefined) this.#take('the bootstrap', withChecksum(bootstrap));
  }

  /** Writes the state within a second, however often it is asked to. */
  persist(): void {
    if (this.#cache) this.#timer ??= this.#after(SAVE_DELAY_MS, () => void this.save());
  }

  /** Writes now what waits to be written. */
  async save(): Promise<void> {
    if (!this.#timer || !this.state) return;
    this.#timer();
    this.#timer = null;
    try {
      await this.#cache?.save(JSON.stringify(snapshotOf(this.state)));
    } catch (error) {
      this.#warn(`the snapshot could not be kept: ${error}`);
    }
  }

  #load(): string | null {
    try {
      return this.#cache?.load() ?? null;
    } catch (error) {
      this.#warn(`the cached snapshot could not be read: ${error}`);
      return null;
    }
  }

  #take(name: string, snapshot: unknown): void {
    const prepared = prepare(snapshot);
    if (typeof prepared === 'string') this.#warn(`${name} is ignored: ${prepared}`);
    else this.state = prepared;
  }
}

/** Prepares what should be a snapshot, or says why it cannot be used. */
export function prepare(value: unknown): SnapshotState | string {
  const snapshot = parseSnapshot(value);
  if (typeof snapshot === 'string') return snapshot;
  const made = stateFrom(snapshot);
  return 'state' in made ? made.state : made.problem;
}

function withChecksum(bootstrap: unknown): unknown {
  const members = membersOf(bootstrap);
  const snapshot = parseSnapshot({ checksum: 0, ...members });
  return typeof snapshot === 'string' || 'checksum' in members ? bootstrap : { ...snapshot, checksum: checksumOf(snapshot) };
}
