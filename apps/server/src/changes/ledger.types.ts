import type { Flag, Segment } from '@ballast/evaluation';
import type { PolicyAction } from '@ballast/slo';
import type { Transaction } from '../database/index.js';
import type { Actor } from './actor.js';

/** A compiled entry of one environment as both views see it; null: not in that view. */
export type EntryChange =
  | { readonly kind: 'flag'; readonly key: string; readonly server: Flag | null; readonly client: Flag | null }
  | { readonly kind: 'segment'; readonly key: string; readonly server: Segment | null; readonly client: Segment | null };

/** One line of the audit. `environmentId` is absent for what concerns the whole project. */
export interface AuditEntry {
  readonly environmentId?: string;
  readonly action: string;
  readonly resourceKind: string;
  readonly resourceKey: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a write does to a flag in one environment, as error budget policies tell changes apart. */
export interface FlagChange {
  readonly environmentId: string;
  readonly flag: string;
  readonly tags: readonly string[];
  readonly action: PolicyAction;
  /** From what it begins and what it leads to; approvals are held against it. Absent where none can be given. */
  readonly step?: ConfigStep | undefined;
}

/** A change of a flag's configuration that can be approved. */
export interface ConfigStep {
  readonly flagId: string;
  /** Versions of the flag and of its configuration before. */
  readonly flagVersion: number;
  readonly configVersion: number;
  /** What is served after it. */
  readonly config: unknown;
}

/** What a use case did inside the ledger's transaction. */
export interface Work<Result> {
  /** Per environment id: what clients must feel. An environment that is missing or has an empty list gets no revision. */
  readonly entries: ReadonlyMap<string, readonly EntryChange[]>;
  readonly audit: readonly AuditEntry[];
  readonly result: Result;
  /** What gates are asked about before anything is saved. */
  readonly flagChanges?: readonly FlagChange[] | undefined;
}

/** Who writes where, and why. */
export interface WriteRequest {
  readonly projectId: string | null;
  /**
   * Environments whose revision rows are locked, in id order, before the work runs. `all`: every environment of the
   * project, and none can be created meanwhile. An id that has no row yet is one that the work creates.
   */
  readonly environmentIds: readonly string[] | 'all';
  readonly actor: Actor;
  readonly reason?: string | undefined;
  /** It goes before other writes that still wait for their turn: kills. */
  readonly urgent?: boolean | undefined;
  /** Do everything, answer, and roll back. */
  readonly dryRun: boolean;
  /** What is said to a budget policy that stands in the way: the change mends something, or somebody decides against the policy. */
  readonly declared?: 'fix' | 'override' | undefined;
  /** What is saved beside the write: both or neither. */
  readonly alongside?: ((tx: Transaction) => Promise<void>) | undefined;
}

/** The transaction with the revision each locked environment will have if it is changed. */
export interface LedgerTransaction {
  readonly tx: Transaction;
  readonly nextRevision: ReadonlyMap<string, number>;
  /** The moment of the write, one for all its rows. */
  readonly at: Date;
}

/** What a write did, or would have done. */
export interface WriteResult<Result> {
  readonly result: Result;
  /** New revision of every environment that changed. */
  readonly revisions: ReadonlyMap<string, number>;
  readonly audit: readonly AuditEntry[];
  /** Key of every environment that was locked, by its id. */
  readonly environmentKeys: ReadonlyMap<string, string>;
}
