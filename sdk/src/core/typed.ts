import type { EvaluationContext } from '@ballast/evaluation';
import type { BrowserClient, Client, Details, FlagObject, JsonShape } from './api.js';
import type { Branches, RunOptions } from './run.js';

/** The keys of those flags in `Flags` that are of one type. */
export type KeysOf<Flags, Type> = { [Key in keyof Flags]: Flags[Key] extends Type ? Key : never }[keyof Flags] & string;

/** Evaluations that know which flags there are, and of which type; `Flags` is what `ballast-sdk generate` writes. */
export interface TypedEvaluations<Flags> {
  /** The value of a flag; the default when there is none of the default's type. Never throws. */
  value(key: KeysOf<Flags, boolean>, defaultValue: boolean, context?: EvaluationContext): boolean;
  value(key: KeysOf<Flags, string>, defaultValue: string, context?: EvaluationContext): string;
  value(key: KeysOf<Flags, number>, defaultValue: number, context?: EvaluationContext): number;
  value<T extends object>(key: KeysOf<Flags, FlagObject>, defaultValue: T & JsonShape<T>, context?: EvaluationContext): T;

  /** Like `value`, with variant, reason and error. */
  details(key: KeysOf<Flags, boolean>, defaultValue: boolean, context?: EvaluationContext): Details<boolean>;
  details(key: KeysOf<Flags, string>, defaultValue: string, context?: EvaluationContext): Details<string>;
  details(key: KeysOf<Flags, number>, defaultValue: number, context?: EvaluationContext): Details<number>;
  details<T extends object>(key: KeysOf<Flags, FlagObject>, defaultValue: T & JsonShape<T>, context?: EvaluationContext): Details<T>;

  /** Runs `on` when the flag is true, else `off`, and counts how that ends; returns or throws what the branch does. */
  run<On, Off>(key: KeysOf<Flags, boolean>, context: EvaluationContext, branches: Branches<On, Off>, options?: RunOptions): On | Off;
}

/** A client that takes only the keys of `Flags`, each with a default of its type. */
export interface TypedClient<Flags> extends Omit<Client, keyof TypedEvaluations<Flags>>, TypedEvaluations<Flags> {}

/** The same of a client in a browser. */
export interface TypedBrowserClient<Flags> extends TypedClient<Flags>, Pick<BrowserClient, 'setContext'> {}
