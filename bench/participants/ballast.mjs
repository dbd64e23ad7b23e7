import { createClient } from '../../sdk/dist/node.js';
import { contextOf, snapshotOf } from './ballast-flags.mjs';

/** The client as a program uses it, counting included; nobody listens on that port, so that nothing is sent. */
export async function start(kind, stage) {
  const client = createClient({ url: 'http://127.0.0.1:9', key: 'sdk-key', bootstrap: snapshotOf(kind, { stage }), logger: null });
  return {
    contextOf,
    ask: (key, context) => client.value(key, false, context),
    stop: () => client.close(),
  };
}
