import type { ErrorCode, EvaluationContext, FlagValue, Reason } from '@ballast/evaluation';
import type { EventName, Listener } from './events.js';
import type { Branches, RunOptions } from './run.js';

/**
 * `connecting`: nothing but bootstrap-less defaults yet. `ready`: flags are served. `stale`: the last known good is served, the server
 * cannot be reached. `closed`: for good.
 */
export type ClientStatus = 'connecting' | 'ready' | 'stale' | 'closed';

/** A flag value that is an object or a list. */
export type FlagObject = Extract<FlagValue, object>;

/** The same members, if all of them can be what a flag holds: texts, numbers, booleans, nothing, objects and lists of them. */
export type JsonShape<T> = T extends string | number | boolean | null
  ? T
  : T extends (...given: never) => unknown
    ? never
    : T extends object
      ? { readonly [Name in keyof T]: JsonShape<T[Name]> }
      : never;

/** A value together with why it is served. */
export interface Details<T> {
  /** The flag that was asked for. */
  readonly key: string;
  /** The value of the variant; the default that was given where there is none of its type. */
  readonly value: T;
  /** Absent when the code default is served. */
  readonly variant?: string | undefined;
  /** Why this value is served; `ERROR` with an `errorCode`. */
  readonly reason: Reason;
  /** What went wrong; absent when nothing did. */
  readonly errorCode?: ErrorCode | undefined;
  /** The same for people. */
  readonly errorMessage?: string | undefined;
  /** What the flag says about itself; empty when it says nothing or there is no such flag. */
  readonly flagMetadata: { readonly [key: string]: string | number | boolean };
  /** Revision of the flag's last change; 0 when there is no such flag. */
  readonly version: number;
}

/** A flag client. No method throws into the host, except that `run` hands on what the host's own code throws. */
export interface Client {
  /** What the client is doing now; `on` tells when that changes. */
  readonly status: ClientStatus;
  /** The revision served; undefined while there is none. */
  readonly revision: number | undefined;
  /** Resolves, never rejects, when the server was reached, could not be, or after `timeoutMs` (default 5 000), to the status then. */
  ready(options?: { readonly timeoutMs?: number }): Promise<ClientStatus>;

  /** The value of a flag; the default when there is none of the default's type. */
  value(key: string, defaultValue: boolean, context?: EvaluationContext): boolean;
  value(key: string, defaultValue: string, context?: EvaluationContext): string;
  value(key: string, defaultValue: number, context?: EvaluationContext): number;
  value<T extends object>(key: string, defaultValue: T & JsonShape<T>, context?: EvaluationContext): T;

  /** Like `value`, with variant, reason and error. */
  details(key: string, defaultValue: boolean, context?: EvaluationContext): Details<boolean>;
  details(key: string, defaultValue: string, context?: EvaluationContext): Details<string>;
  details(key: string, defaultValue: number, context?: EvaluationContext): Details<number>;
  details<T extends object>(key: string, defaultValue: T & JsonShape<T>, context?: EvaluationContext): Details<T>;

  /**
   * Runs `on` when the boolean flag is true for the context, else `off`, and counts success, failure and latency per variant. Returns or
   * throws what the branch returns or throws, promises included.
   */
  run<On, Off>(key: string, context: EvaluationContext, branches: Branches<On, Off>, options?: RunOptions): On | Off;

  /** Calls a listener from now on; returns what ends that. */
  on<Name extends EventName>(event: Name, listener: Listener<Name>): () => void;
  /** Sends all counts now; resolves to whether the server has them. */
  flush(): Promise<boolean>;
  /** Sends counts, keeps the last known good, and ends every timer and socket, within about two seconds. May be called at any moment, and again. */
  close(): Promise<void>;
}

/** A client for one user at a time: evaluations use its current context. */
export interface BrowserClient extends Client {
  /** Replaces the current context; the next evaluation uses it. */
  setContext(context: EvaluationContext): void;
}
