import type { EvaluationContext } from '@ballast/evaluation';

/** What a client serves when it says so. */
export interface ClientNews {
  /** The revision served; undefined while there is none. */
  readonly revision: number | undefined;
  /** Whether no server has confirmed it yet. */
  readonly cached: boolean;
  /** With `configurationChanged`: the flags that may answer differently. */
  readonly keys: readonly string[];
}

/** What a client tells its listeners; every listener is called after the client's own work is done. */
export interface ClientEvents {
  /** The client serves data. */
  ready: ClientNews;
  /** The server cannot be reached; the last known good is served. */
  stale: ClientNews;
  /** A new revision is served. */
  configurationChanged: ClientNews;
  /** In browsers: evaluations use this context from now on. */
  contextChanged: EvaluationContext;
  /** Something went wrong; the client goes on. */
  error: Error;
}

/** What a listener can listen to. */
export type EventName = keyof ClientEvents;

/** Hears one kind of event. */
export type Listener<Name extends EventName> = (event: ClientEvents[Name]) => void;

/** A listener to any event; by a method, so that each may take its own kind. */
interface Ear {
  hear(event: unknown): void;
}

/** Calls listeners in a microtask of their own, so that one that throws harms neither the client nor the next one. */
export class Emitter {
  readonly #ears = new Map<EventName, Set<Ear>>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  on<Name extends EventName>(name: Name, hear: Listener<Name>): () => void {
    const ears = this.#ears.get(name) ?? new Set();
    const own: Ear = { hear };
    this.#ears.set(name, ears.add(own));
    return () => void ears.delete(own);
  }

  /** Makes the event only when somebody listens. */
  emit<Name extends EventName>(name: Name, make: () => ClientEvents[Name]): void {
    this.#soon(() => {
      const ears = this.#ears.get(name);
      if (!ears?.size) return;
      const event = make();
      for (const ear of ears) this.#soon(() => ear.hear(event));
    });
  }

  clear(): void {
    this.#ears.clear();
  }

  #soon(task: () => void): void {
    Promise.resolve().then(task).catch(this.#failed);
  }
}
