import { isContext } from './json.js';

/** The two code paths behind a boolean flag. */
export interface Branches<On, Off> {
  /** Runs when the flag is true. */
  readonly on: () => On;
  /** Runs when it is false, or when there is no such boolean flag. */
  readonly off: () => Off;
}

/** How `run` behaves when the branch it chose fails. */
export interface RunOptions {
  /** Run `off` when `on` throws or rejects. By default the failure goes to the caller, because `on` may have had side effects. */
  readonly fallback?: 'off';
}

/** One branch to run, and who hears how it ended. */
export interface BranchRun {
  readonly branch: () => unknown;
  /** Takes over when the branch fails; its own outcome is not reported. */
  readonly rescue: (() => unknown) | undefined;
  readonly elapsed: () => number;
  readonly report: (ok: boolean, ms: number) => void;
}

/** Runs a branch, sync or async, reports its outcome and latency once, and hands on its result or its failure. */
export function runBranch({ branch, rescue, elapsed, report }: BranchRun): unknown {
  const start = elapsed();
  const succeeded = (result: unknown): unknown => {
    report(true, elapsed() - start);
    return result;
  };
  const failed = (error: unknown): unknown => {
    report(false, elapsed() - start);
    if (rescue) return rescue();
    throw error;
  };
  let result: unknown;
  try {
    result = branch();
  } catch (error) {
    return failed(error);
  }
  return isThenable(result) ? result.then(succeeded, failed) : succeeded(result);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isContext(value) && typeof value.then === 'function';
}
