import type { Flag, Segment } from '@ballast/evaluation';

/** Version of the wire this package speaks; sent in the handshake and in every telemetry envelope. */
export const PROTOCOL_VERSION = 1;

/** Which content a key may see: everything, or only what is safe in a browser. */
export type View = 'server' | 'client';

/** All that one environment needs at one revision, as fetched by HTTP. */
export interface Snapshot {
  /** `project/environment`. */
  readonly environment: string;
  readonly revision: number;
  /** Sum of one hash per entry, modulo 2^32; see `checksum.ts`. */
  readonly checksum: number;
  readonly flags: { readonly [key: string]: Flag };
  readonly segments: { readonly [key: string]: Segment };
}

export type Change =
  | { readonly kind: 'flag'; readonly key: string; readonly value: Flag | null }
  | { readonly kind: 'segment'; readonly key: string; readonly value: Segment | null };

/** What leads from one revision to a later one. `changes` may be empty: the revision still moves. */
export interface Delta {
  readonly environment: string;
  readonly from: number;
  readonly to: number;
  /** Checksum of the snapshot at `to`. */
  readonly checksum: number;
  readonly changes: readonly Change[];
}

/** socket.io `auth` of the namespace `/sdk`. */
export interface Handshake {
  readonly key: string;
  /** One id per process or page load. */
  readonly instance: string;
  /** `name/version` of the SDK. */
  readonly sdk: string;
  /** The revision held, if any. */
  readonly since?: number | undefined;
  /** The checksum of what is held at that revision; a relay, which holds both views, says the sum of theirs modulo 2^32. */
  readonly checksum?: number | undefined;
}

/** Server to client: the revision to fetch by HTTP. */
export interface Reset {
  readonly revision: number;
  /** Checksum of that snapshot: whoever holds the revision and another checksum holds something else. */
  readonly checksum?: number | undefined;
}

/** Client to server: the propagation receipt. */
export interface Applied {
  readonly revision: number;
  /** When it was applied, epoch milliseconds of the client's clock. */
  readonly at: number;
  /** The checksum of what is held now. */
  readonly checksum?: number | undefined;
}

/** Client to server: send what follows `since`, or a reset. */
export interface Resync {
  readonly since?: number | undefined;
  /** The checksum of what is held at that revision. */
  readonly checksum?: number | undefined;
}

export type GoodbyeReason = 'draining' | 'revoked' | 'slow' | 'moved';

/** Server to client, before the server closes. `revoked` is final. */
export interface Goodbye {
  readonly reason: GoodbyeReason;
}

export const SDK_NAMESPACE = '/sdk';

/** One row of counters: what was evaluated under one flag, version, variant, reason and stage in one 10-second slot. */
export interface CounterRow {
  readonly flag: string;
  readonly version: number;
  /** Absent when the code default was used. */
  readonly variant?: string | undefined;
  readonly reason: string;
  readonly stage?: string | undefined;
  /** Start of the 10-second slot, epoch milliseconds of the client's clock. */
  readonly t0: number;
  readonly exposures: number;
  /** Contexts among them that met this variant in this stage for the first time; of a stage with many contexts, of a sample of them. */
  readonly exposuresFirst?: number | undefined;
  /** Contexts of that kind whose code failed for the first time. */
  readonly errFirst?: number | undefined;
  /** Outcomes of `run`. */
  readonly ok: number;
  readonly err: number;
  /** Sparse latency histogram of `run`, base-2 exponential at scale 4: gap, count, gap, count … */
  readonly hist?: readonly number[] | undefined;
  /**
   * Outcomes without an error that took longer than a threshold: milliseconds, count, milliseconds, count …; at most four thresholds. One that
   * is named with 0 was measured; one that is not was not, whatever the outcomes of this row were.
   */
  readonly slow?: readonly number[] | undefined;
  /** Calls that passed a guard, and those that were made again. */
  readonly calls?: number | undefined;
  readonly retries?: number | undefined;
  /** Milliseconds that circuit breakers were open, and that they were watched. */
  readonly openMs?: number | undefined;
  readonly watchedMs?: number | undefined;
  /** Values that were checked, and those found to be invalid. */
  readonly validated?: number | undefined;
  readonly invalid?: number | undefined;
}

/** One row of outcomes: how often an event was tracked after one variant of a flag had been seen, in one 10-second slot. */
export interface OutcomeRow {
  readonly flag: string;
  readonly version: number;
  /** Absent when the code default was used. */
  readonly variant?: string | undefined;
  readonly stage?: string | undefined;
  readonly event: string;
  /** Start of the 10-second slot, epoch milliseconds of the client's clock. */
  readonly t0: number;
  readonly count: number;
  /** Of the values that the events came with; counted to a millionth. */
  readonly sum: number;
}

/** How busy the process of a client was over a stretch of time: means, in thousandths of what there is. */
export interface ProcessLoad {
  /** How long the stretch was, milliseconds. */
  readonly ms: number;
  /** Of the time of its event loop. */
  readonly loop: number;
  /** Of the processors that it may use. */
  readonly cpu: number;
  /** Of the memory that it may use, at the end of the stretch. */
  readonly memory: number;
}

/** What leaves a client. Delivered at least once, claimed once by (instance, seq). */
export interface TelemetryEnvelope {
  readonly v: 1;
  readonly instance: string;
  readonly seq: number;
  /** Epoch milliseconds of the client's clock. */
  readonly sentAt: number;
  readonly rows: readonly CounterRow[];
  /** What was tracked. */
  readonly outcomes?: readonly OutcomeRow[] | undefined;
  /** Evaluations of keys that do not exist, by key. */
  readonly unknown: { readonly [key: string]: number };
  /** Evaluations, tracked events and reports of health that were not counted: memory is bounded, and what is refused or too old is dropped. */
  readonly dropped: number;
  /** How busy the process was since it last said so. */
  readonly process?: ProcessLoad | undefined;
}

/** Length of a telemetry slot in milliseconds. */
export const SLOT_MS = 10_000;
