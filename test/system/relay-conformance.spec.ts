import type { FlagType } from '@ballast/evaluation';
import { type Client, createClient, type Details } from '@ballast/sdk';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ChangeLedger, type EntryChange } from '../../apps/server/src/changes/index.js';
import { type CaseSnapshot, type EvaluationCase, evaluationCases } from '../conformance/cases.js';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere, type TestRelay } from '../harness/a-relay-here.js';
import { aServer, type TestServer } from '../harness/index.js';

const defaults = { boolean: false, string: 'the code default', number: -1, object: { the: 'code default' } };

let server: TestServer;
let relay: TestRelay;
let client: Client;
let environmentId: string;
let served: CaseSnapshot = { environment: '', revision: 0, flags: {}, segments: {} };

beforeAll(async () => {
  server = await aServer();
  const key = await aRelayKey(server);
  const rows = await server.database.query<{ id: string }>(`
    SELECT e.id FROM environment e JOIN project p ON p.id = e.project_id WHERE p.key = 'default' AND e.key = 'development'`);
  environmentId = rows[0]?.id ?? '';
  relay = await aRelayHere({ upstreamUrl: server.url, key });
  client = createClient({ url: relay.url, key: server.serverKey, cache: false, logger: null });
  expect(await client.ready({ timeoutMs: 20_000 })).toBe('ready');
});

afterAll(async () => {
  await client.close();
  await relay.remove();
  await server.stop();
});

/** The entries of a snapshot, and the end of those before it. */
function entriesOf({ flags, segments }: CaseSnapshot): EntryChange[] {
  const gone = (before: object, now: object) => Object.keys(before).filter((key) => !Object.hasOwn(now, key));
  return [
    ...gone(served.flags, flags).map((key): EntryChange => ({ kind: 'flag', key, server: null, client: null })),
    ...gone(served.segments, segments).map((key): EntryChange => ({ kind: 'segment', key, server: null, client: null })),
    ...Object.entries(flags).map(([key, flag]): EntryChange => ({ kind: 'flag', key, server: flag, client: null })),
    ...Object.entries(segments).map(([key, segment]): EntryChange => ({ kind: 'segment', key, server: segment, client: null })),
  ];
}

/** Writes a snapshot into the log, and waits until the client behind the relay holds it. */
async function serve(snapshot: CaseSnapshot): Promise<void> {
  if (snapshot === served) return;
  const request = { projectId: null, environmentIds: [environmentId], actor: { name: 'conformance', scopes: [] }, dryRun: false };
  const entries = new Map([[environmentId, entriesOf(snapshot)]]);
  await server.app.get(ChangeLedger).write(request, async () => ({ entries, audit: [], result: null }));
  served = snapshot;
  const rows = await server.database.query<{ current: string }>('SELECT current FROM revision WHERE environment_id = $1', [environmentId]);
  await vi.waitFor(() => expect(client.revision).toBe(Number(rows[0]?.current)), { timeout: 10_000, interval: 1 });
}

function detailsOf({ flag, context }: EvaluationCase, type: FlagType): Details<unknown> {
  switch (type) {
    case 'boolean':
      return client.details(flag, defaults.boolean, context);
    case 'string':
      return client.details(flag, defaults.string, context);
    case 'number':
      return client.details(flag, defaults.number, context);
    default:
      return client.details(flag, defaults.object, context);
  }
}

it.each(evaluationCases())('an SDK behind a relay evaluates like the engine: $file', async ({ cases }) => {
  for (const one of cases) {
    await serve(one.snapshot);
    const source = Object.hasOwn(one.snapshot.flags, one.flag) ? one.snapshot.flags[one.flag] : undefined;
    const type = one.type ?? source?.type ?? 'boolean';
    const { metadata, stage: _, ...answer } = one.expected;
    const { variant, value, reason, errorCode, flagMetadata } = detailsOf(one, type);
    expect(JSON.parse(JSON.stringify({ variant, value, reason, errorCode })), one.name).toEqual({ value: defaults[type], ...answer });
    if (metadata) expect(flagMetadata, one.name).toEqual(metadata);
  }
});
