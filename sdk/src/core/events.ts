import type { EvaluationContext } from '@ballast/evaluation';
import { attempt } from './json.js';

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

type Listeners = { readonly [Name in EventName]: Set<Listener<Name>> };

/** Calls listeners in a microtask of their own, so that one that throws harms neither the client nor the next one. */
export class Emitter {
  readonly #listeners: Listeners = {
    ready: new Set(),
    stale: new Set(),
    configurationChanged: new Set(),
    contextChanged: new Set(),
    error: new Set(),
  };
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners: Set<Listener<Name>> | undefined = attempt(() => this.#listeners[name]);
    if (!(listeners instanceof Set)) return () => {};
    const own: Listener<Name> = (event) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** Makes the event only when somebody listens. */
  emit<Name extends EventName>(name: Name, make: () => ClientEvents[Name]): void {
    this.#soon(() => {
      const listeners: Set<Listener<Name>> = this.#listeners[name];
      if (listeners.size === 0) return;
      const event = make();
      for (const listener of listeners) this.#soon(() => listener(event));
    });
  }

  clear(): void {
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
  }

  #soon(task: () => void): void {
    Promise.resolve().then(task).catch(this.#failed);
  }
}
