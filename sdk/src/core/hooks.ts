import type { EvaluationContext, Resolution } from '@ballast/evaluation';
import type { Details } from './api.js';
import type { Counters } from './counters.js';

/** One evaluation as a hook hears of it. */
export interface Evaluation {
  /** What was answered and why. */
  readonly details: Details<unknown>;
  /** What the flag was evaluated for: the client's context and the call's together. */
  readonly context: EvaluationContext;
  /** `project/environment` of the flags that are served; undefined while there are none. */
  readonly flagSetId: string | undefined;
  /** The same object for all evaluations of one request scope; undefined outside of any. */
  readonly request: object | undefined;
}

/** Is told of evaluations by a client that was created with it. */
export interface Hook {
  /** Called after every evaluation, before its answer is returned; should be quick. What it throws is logged and goes no further. */
  afterEvaluation(evaluation: Evaluation): void;
}

/** A request that is under way: its evaluations are counted when it ends, in one with its outcome. */
export interface RequestScope {
  /** Takes over the counting of one evaluation; false: it is to be counted as usual. */
  takes(resolution: Resolution, counters: Counters, mark: number | undefined): boolean;
}
