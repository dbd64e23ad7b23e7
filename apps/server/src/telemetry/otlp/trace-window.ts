import type { Evaluated, Findings, Root } from './findings.js';

/** How long an evaluation and the end of its trace wait for one another. */
export const JOIN_MS = 60_000;
/** How long a delivery is told from a new one: as long as an OpenTelemetry Collector repeats what failed. */
export const REMEMBERED_MS = 300_000;
/** Evaluations of one trace that are told apart; more are refused. */
export const MAX_PER_TRACE = 1_000;
/** Traces and evaluations that are held at once, of all environments together. */
export const MAX_HELD = 200_000;

/** What a trace says of one flag that was evaluated in it. */
export interface Outcome {
  readonly of: Evaluated;
  readonly root: Root;
}

/** What findings add to what is known; `undo` makes them news again, for when they could not be counted. */
export interface News {
  readonly exposures: readonly Evaluated[];
  readonly outcomes: readonly Outcome[];
  /** Evaluations and ends of traces that had been delivered before. */
  readonly repeated: number;
  /** Evaluations beyond what one trace may hold. */
  readonly refused: readonly Evaluated[];
  readonly undo: () => void;
}

interface Draft extends News {
  readonly exposures: Evaluated[];
  readonly outcomes: Outcome[];
  readonly refused: Evaluated[];
  repeated: number;
}

/** What is counted once per trace. */
interface Series {
  readonly of: Evaluated;
  isJoined: boolean;
}

interface Trace {
  readonly since: number;
  readonly seen: Set<string>;
  readonly series: Map<string, Series>;
  root: Root | undefined;
}

/** The traces of one environment that were heard of lately: joins evaluations with the end of their trace, and knows repeated deliveries. */
export class TraceWindow {
  /** Oldest first. */
  private readonly traces = new Map<string, Trace>();
  /** Traces and evaluations in it. */
  held = 0;

  /** Takes in what a request found; what was delivered before is no news. */
  take({ evaluations, roots }: Findings, now: number): News {
    this.forgetUntil(now - REMEMBERED_MS);
    const undos: (() => void)[] = [];
    const undo = (): void => {
      for (const step of undos.splice(0)) step();
    };
    const news: Draft = { exposures: [], outcomes: [], repeated: 0, refused: [], undo };
    const touched = new Set<Trace>();
    for (const evaluated of evaluations) touched.add(this.expose(evaluated, now, { news, undos }));
    for (const root of roots) touched.add(this.end(root, now, { news, undos }));
    for (const trace of touched) if (now - trace.since <= JOIN_MS) join(trace, { news, undos });
    return news;
  }

  /** Forgets the oldest trace. */
  forgetOldest(): void {
    const [oldest] = this.traces;
    if (oldest !== undefined) this.forget(...oldest);
  }

  private expose(evaluated: Evaluated, now: number, { news, undos }: Work): Trace {
    const trace = this.traceOf(evaluated.traceId || evaluated.id, now);
    if (trace.seen.has(evaluated.id)) news.repeated += 1;
    else if (trace.seen.size >= MAX_PER_TRACE) news.refused.push(evaluated);
    else {
      trace.seen.add(evaluated.id);
      this.held += 1;
      undos.push(() => {
        // What was forgotten meanwhile is held no more.
        if (trace.seen.delete(evaluated.id)) this.held -= 1;
      });
      news.exposures.push(evaluated);
      const { flag, variant, reason, version } = evaluated;
      const key = JSON.stringify([flag, variant, reason, version]);
      if (!trace.series.has(key)) trace.series.set(key, { of: evaluated, isJoined: false });
    }
    return trace;
  }

  private end(root: Root, now: number, { news, undos }: Work): Trace {
    const trace = this.traceOf(root.traceId, now);
    if (trace.root !== undefined) news.repeated += 1;
    else {
      trace.root = root;
      undos.push(() => {
        trace.root = undefined;
      });
    }
    return trace;
  }

  private traceOf(id: string, now: number): Trace {
    const known = this.traces.get(id);
    if (known !== undefined) return known;
    const trace: Trace = { since: now, seen: new Set(), series: new Map(), root: undefined };
    this.traces.set(id, trace);
    this.held += 1;
    return trace;
  }

  private forgetUntil(moment: number): void {
    for (const [id, trace] of this.traces) {
      if (trace.since > moment) return;
      this.forget(id, trace);
    }
  }

  private forget(id: string, trace: Trace): void {
    this.traces.delete(id);
    this.held -= 1 + trace.seen.size;
    trace.seen.clear();
  }
}

interface Work {
  readonly news: Draft;
  readonly undos: (() => void)[];
}

function join(trace: Trace, { news, undos }: Work): void {
  const { root } = trace;
  if (root === undefined) return;
  for (const series of trace.series.values()) {
    if (series.isJoined) continue;
    series.isJoined = true;
    undos.push(() => {
      series.isJoined = false;
    });
    news.outcomes.push({ of: series.of, root });
  }
}

/** A window per environment. All together hold so much at most: whoever holds most gives way first. */
export class TraceWindows {
  private readonly windows = new Map<string, TraceWindow>();

  constructor(private readonly most = MAX_HELD) {}

  /** Takes in what a request of an environment found. */
  take(environmentId: string, findings: Findings, now: number): News {
    const window = this.windows.get(environmentId) ?? new TraceWindow();
    this.windows.set(environmentId, window);
    const news = window.take(findings, now);
    this.makeRoom();
    return news;
  }

  private makeRoom(): void {
    let held = [...this.windows.values()].reduce((sum, window) => sum + window.held, 0);
    while (held > this.most) {
      const largest = [...this.windows.values()].reduce((most, window) => (window.held > most.held ? window : most));
      const before = largest.held;
      largest.forgetOldest();
      held -= before - largest.held;
    }
    for (const [id, { held: own }] of this.windows) if (own === 0) this.windows.delete(id);
  }
}
