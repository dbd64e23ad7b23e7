import type { Ask } from '@ballast/protocol';
import type { KeyEntry } from '@ballast/streaming';

/** What a source needs beside its socket, and whom it tells. */
export interface SourceOptions {
  /** How long nothing may be heard of upstream before clients are told so. */
  readonly staleAfterMs: number;
  /** Gets both views from upstream as parsed JSON; rejects when it cannot. */
  readonly fetchPair: () => Promise<unknown>;
  readonly onKeys: (environmentId: string, keys: readonly KeyEntry[]) => void;
  /** Something that is to be kept has changed. */
  readonly onChanged: () => void;
  readonly onAsk: (ask: Ask) => void;
  /** What time it is upstream. */
  readonly onMoment: (now: number) => void;
  readonly onConnection: (isConnected: boolean, because: string) => void;
  readonly onProblem: (problem: string, error?: unknown) => void;
}
