import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChangeLedger, type EntryChange } from '../../apps/server/src/changes/index.js';
import { type CaseSnapshot, evaluationCases, judged } from '../conformance/cases.js';
import { api, aServer, type TestServer } from '../harness/index.js';

const files = evaluationCases();
const places = new Map<CaseSnapshot, string>();

let server: TestServer;
let admin: ReturnType<typeof api>;

beforeAll(async () => {
  server = await aServer();
  admin = api(server);
  for (const { cases } of files) for (const { snapshot } of cases) places.set(snapshot, places.get(snapshot) ?? (await serve(snapshot)));
});

afterAll(() => server.stop());

function entriesOf({ flags, segments }: CaseSnapshot): EntryChange[] {
  return [
    ...Object.entries(flags).map(([key, flag]): EntryChange => ({ kind: 'flag', key, server: flag, client: null })),
    ...Object.entries(segments).map(([key, segment]): EntryChange => ({ kind: 'segment', key, server: segment, client: null })),
  ];
}

/** Makes an environment of its own serve a snapshot, through the log like any other; answers the environment's key. */
async function serve(snapshot: CaseSnapshot): Promise<string> {
  const id = randomUUID();
  const key = `case-${places.size}`;
  await server.database.query(
    `INSERT INTO environment (id, project_id, key, name) SELECT $1, id, $2, $2 FROM project WHERE key = 'default'`,
    [id, key],
  );
  await server.database.query('INSERT INTO revision (environment_id) VALUES ($1)', [id]);
  const request = { projectId: null, environmentIds: [id], actor: { name: 'conformance', scopes: [] }, dryRun: false };
  await server.app
    .get(ChangeLedger)
    .write(request, async () => ({ entries: new Map([[id, entriesOf(snapshot)]]), audit: [], result: null }));
  return key;
}

describe.each(files)('$file', ({ cases }) => {
  it.each(cases)('$name', async ({ snapshot, flag, context, type, expected }) => {
    const path = `/api/v1/projects/default/flags/${encodeURIComponent(flag)}/environments/${places.get(snapshot)}/evaluate`;
    const { status, body } = await admin.post(path, { context, type });
    if (expected.errorCode === 'FLAG_NOT_FOUND') {
      // Without a key there is not even an address.
      expect({ status, code: body.code }).toEqual({ status: 404, code: flag === '' ? 'route.not_found' : 'flag.not_found' });
      return;
    }
    expect(judged(body.resolution, expected)).toEqual(expected);
    expect(body).toMatchObject({ flag, reason: expected.reason });
  });
});
