import { applyDelta, type Delta, type DeltaOutcome, type SnapshotState, type View } from '@ballast/protocol';
import { DeltaRing } from './delta-ring.js';
import { SnapshotBody } from './snapshot-body.js';
import type { Since } from './snapshot-source.js';

/** One view of one environment: its state, the deltas that led there, and its bytes. */
export class SnapshotFeed {
  readonly state: SnapshotState;
  readonly #environmentId: string;
  readonly #view: View;
  readonly #ring = new DeltaRing(1024);
  #body: SnapshotBody | undefined;

  constructor(environmentId: string, view: View, state: SnapshotState) {
    this.#environmentId = environmentId;
    this.#view = view;
    this.state = state;
  }

  /** Takes in the deltas that led to the state, oldest first, for those who hold something older; what does not lead there is left. */
  recall(deltas: readonly Delta[]): void {
    const follows = (delta: Delta, i: number) => i === 0 || delta.from === deltas[i - 1]?.to;
    const last = deltas[deltas.length - 1];
    const leadsHere = last?.to === this.state.revision && last.checksum === this.state.checksum;
    if (leadsHere && deltas.every(follows)) for (const delta of deltas) this.#ring.push(delta);
  }

  /** Applies a delta and keeps it for those who come later. */
  publish(delta: Delta): DeltaOutcome {
    const { checksum } = this.state;
    const result = applyDelta(this.state, delta);
    if (result.outcome !== 'applied') return result;
    this.#ring.push(delta, checksum);
    this.#body = undefined;
    return result;
  }

  /** What leads on from a revision; whoever says what checksum it has there must have the one that was here. */
  since(revision: number, checksum?: number): Since {
    if (revision > this.state.revision) return 'ahead';
    const known = this.checksumAt(revision);
    if (checksum !== undefined && checksum !== known) return known === undefined ? 'too-old' : 'different';
    if (revision === this.state.revision) return 'current';
    return this.#ring.since(revision) ?? 'too-old';
  }

  /** The checksum at a revision, where it is still known. */
  checksumAt(revision: number): number | undefined {
    return revision === this.state.revision ? this.state.checksum : this.#ring.checksumAt(revision);
  }

  body(): SnapshotBody {
    this.#body ??= new SnapshotBody(this.#environmentId, this.#view, this.state);
    return this.#body;
  }
}
