import type { EvaluationContext } from '@ballast/evaluation';
import { createContext, createElement, type ReactElement, type ReactNode, useContext, useMemo } from 'react';
import { createClient } from '../browser/index.js';
import type { Client } from '../core/api.js';
import type { Bootstrap } from '../core/options.js';
import { FlagStore } from './flag-store.js';

/** What `BallastProvider` takes. */
export interface BallastProviderProps {
  /** The client whose flags are used below; made and closed by you, outside of rendering. */
  readonly client: Client;
  /** Whom the flags are evaluated for; attributes given here win over the client's own. */
  readonly context?: EvaluationContext;
  /**
   * The snapshot that the server rendered with. Rendering on the server and the first rendering in the browser use it alone, so that they
   * are the same; whatever is newer is shown right afterwards.
   */
  readonly bootstrap?: Bootstrap;
  /** What may use the flags. */
  readonly children?: ReactNode;
}

interface Provided {
  readonly client: Client;
  /** What the client answers. */
  readonly live: FlagStore;
  /** What is answered on the server and while hydrating. */
  readonly first: FlagStore;
}

const Ballast = createContext<Provided | undefined>(undefined);

/** Makes the flags of a client available to `useFlag`, `useFlagDetails` and `useBallast` in everything below. */
export function BallastProvider({ client, context, bootstrap, children }: BallastProviderProps): ReactElement {
  const attributes = attributesOf(context);
  const first = useMemo(() => (bootstrap ? frozenClient(bootstrap) : undefined), [bootstrap]);
  // A context of equal attributes is the same context.
  const provided = useMemo(() => {
    const live = new FlagStore(client, context);
    return { client, live, first: first ? new FlagStore(first, context) : live };
  }, [client, first, attributes]);
  return createElement(Ballast.Provider, { value: provided }, children);
}

/** The same for contexts of equal attributes; a context that is no JSON is equal only to itself. */
function attributesOf(context: EvaluationContext | undefined): unknown {
  try {
    return JSON.stringify(context);
  } catch {
    return context;
  }
}

/** What the nearest provider gives; throws where there is none, because that is a mistake in the program. */
export function useProvided(): Provided {
  const provided = useContext(Ballast);
  if (!provided) throw new Error('There is no <BallastProvider> above this component.');
  return provided;
}

/** A client that serves a snapshot and knows no server. */
function frozenClient(bootstrap: Bootstrap): Client {
  return createClient({ url: '', key: '', bootstrap, cache: false, telemetry: false, logger: null });
}
