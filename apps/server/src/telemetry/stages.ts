import type { PreparedFlag, Serve } from '@ballast/evaluation';
import { forgetEldest } from './forget-eldest.js';

/** Steps that are remembered of one flag. */
const REMEMBERED = 64;
/** Flags that are remembered; the one that was asked about longest ago is forgotten first. */
const FLAGS = 20_000;

interface Memory {
  readonly of: PreparedFlag;
  readonly stages: ReadonlySet<string>;
}

function stageOf(serve: Serve | null): readonly string[] {
  return serve !== null && 'split' in serve && serve.split.stage !== undefined ? [serve.split.stage] : [];
}

/** The rollout steps of flags: those of now, and those that this server has seen before. */
export class Stages {
  readonly #seen = new Map<string, Memory>();

  /** The steps of one flag of one environment. */
  of(environmentId: string, flag: PreparedFlag): ReadonlySet<string> {
    const name = `${environmentId} ${flag.source.key}`;
    const before = this.#seen.get(name);
    if (before?.of === flag) return before.stages;
    const now = [...flag.source.rules.map(({ serve }) => serve), flag.source.default].flatMap(stageOf);
    const stages = new Set([...(before?.stages ?? []), ...now].slice(-REMEMBERED));
    this.#seen.delete(name);
    this.#seen.set(name, { of: flag, stages });
    forgetEldest(this.#seen, FLAGS);
    return stages;
  }
}
