import type { Flag } from '@ballast/evaluation';
import { checksumOf, entryTextHash } from '@ballast/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ChangeGates,
  ChangeLedger,
  type EntryChange,
  type LedgerTransaction,
  type Work,
  type WriteRequest,
} from '../../apps/server/src/changes/index.js';
import { SystemClock } from '../../apps/server/src/clock.js';
import { PrismaService } from '../../apps/server/src/database/index.js';
import { metrics } from '../../apps/server/src/events.js';
import { readSettings } from '../../apps/server/src/settings/index.js';
import { aDatabase, type TestDatabase } from '../harness/a-database.js';
import { untilWaiting } from './waiting.js';

interface ChangeRow {
  readonly revision: string;
  readonly server: string;
  readonly client: string;
  readonly server_checksum: string;
  readonly client_checksum: string;
}

let database: TestDatabase;
let prisma: PrismaService;
let ledger: ChangeLedger;
let projectId: string;
let environmentId: string;

beforeAll(async () => {
  database = await aDatabase();
  prisma = new PrismaService(readSettings({ DATABASE_URL: database.url }));
  ledger = new ChangeLedger(prisma, new SystemClock(), new ChangeGates());
});

afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

beforeEach(async () => {
  const [project] = await database.query<{ id: string }>(
    `insert into project (key, name) values (gen_random_uuid()::text, 'p') returning id`,
  );
  projectId = project?.id ?? '';
  environmentId = await anEnvironment('first');
});

async function anEnvironment(key: string): Promise<string> {
  const [row] = await database.query<{ id: string }>('insert into environment (project_id, key, name) values ($1, $2, $2) returning id', [
    projectId,
    key,
  ]);
  await database.query('insert into revision (environment_id) values ($1)', [row?.id]);
  return row?.id ?? '';
}

function aFlag(key: string, version: number, on = true): Flag {
  return {
    key,
    version,
    type: 'boolean',
    state: on ? 'on' : 'off',
    variants: { on: true, off: false },
    offVariant: 'off',
    prerequisites: [],
    rules: [],
    default: null,
    metadata: {},
  };
}

function request(over: Partial<WriteRequest> = {}): WriteRequest {
  return {
    projectId,
    environmentIds: [environmentId],
    actor: { name: 'tester', scopes: ['write'] },
    reason: 'because',
    dryRun: false,
    ...over,
  };
}

/** Work that sets one flag and answers the revision it was told. */
function setting(key: string, on = true, isClientVisible = true) {
  return async ({ nextRevision }: LedgerTransaction): Promise<Work<number>> => {
    const revision = nextRevision.get(environmentId) ?? -1;
    const server = aFlag(key, revision, on);
    const entry: EntryChange = { kind: 'flag', key, server, client: isClientVisible ? server : null };
    const audit = [{ environmentId, action: 'flag.set', resourceKind: 'flag', resourceKey: key, before: null, after: { on } }];
    return { entries: new Map([[environmentId, [entry]]]), audit, result: revision };
  };
}

function changesAfter(revision: number): Promise<ChangeRow[]> {
  return database.query<ChangeRow>('select * from change where environment_id = $1 and revision > $2 order by revision', [
    environmentId,
    revision,
  ]);
}

async function tables() {
  const names = ['revision', 'snapshot_entry', 'change', 'audit_event'];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await database.query(`select * from ${name} t order by t::text`)])),
  );
}

describe('given eight writers on one environment', () => {
  const EACH = 25;

  async function writeAll(): Promise<number[]> {
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      const revisions: number[] = [];
      for (let turn = 0; turn < EACH; turn += 1)
        revisions.push((await ledger.write(request(), setting(`flag-${writer}`, turn % 2 === 0, writer % 2 === 0))).result);
      return revisions;
    });
    return (await Promise.all(writers)).flat();
  }

  it('gives every write a revision of its own and skips none', async () => {
    const told = await writeAll();
    const all = Array.from({ length: 8 * EACH }, (_, at) => at + 1);
    expect(told.sort((a, b) => a - b)).toEqual(all);
    expect((await changesAfter(0)).map((row) => Number(row.revision))).toEqual(all);
    expect(await database.query('select current from revision where environment_id = $1', [environmentId])).toEqual([
      { current: String(8 * EACH) },
    ]);
  });

  it('lets a reader that polls with a cursor miss nothing', async () => {
    const seen: number[] = [];
    let isWriting = true;
    const writing = writeAll().finally(() => {
      isWriting = false;
    });
    for (let last = false; !last; ) {
      last = !isWriting;
      for (const row of await changesAfter(seen.at(-1) ?? 0)) seen.push(Number(row.revision));
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: 8 * EACH }, (_, at) => at + 1));
  });

  it('keeps checksums that equal those of the stored entries, in both views', async () => {
    await writeAll();
    const entries = await database.query<{ key: string; server: string; client: string | null }>(
      'select key, server, client from snapshot_entry where environment_id = $1',
      [environmentId],
    );
    const sum = (texts: readonly (readonly [string, string | null])[]) =>
      texts.reduce((total, [key, text]) => (text === null ? total : (total + entryTextHash('flag', key, text)) >>> 0), 0);
    const last = (await changesAfter(0)).at(-1);
    const expected = { server: sum(entries.map((row) => [row.key, row.server])), client: sum(entries.map((row) => [row.key, row.client])) };
    expect({ server: Number(last?.server_checksum), client: Number(last?.client_checksum) }).toEqual(expected);
    const flags = Object.fromEntries(entries.map((row): [string, Flag] => [row.key, JSON.parse(row.server)]));
    expect(checksumOf({ flags, segments: {} })).toBe(expected.server);
    expect(entries.filter((row) => row.client !== null)).toHaveLength(4);
  });
});

it('writes one line of the log and one of the audit, and tells the listeners', async () => {
  const { result, revisions } = await ledger.write(request(), setting('a'));
  expect([result, [...revisions]]).toEqual([1, [[environmentId, 1]]]);
  const [change] = await changesAfter(0);
  expect(JSON.parse(change?.server ?? '')).toEqual([{ kind: 'flag', key: 'a', value: aFlag('a', 1) }]);
  expect(
    await database.query('select actor, reason, action, revision, environment_id, before, after from audit_event where project_id = $1', [
      projectId,
    ]),
  ).toEqual([
    {
      actor: 'tester',
      reason: 'because',
      action: 'flag.set',
      revision: '1',
      environment_id: environmentId,
      before: null,
      after: { on: true },
    },
  ]);
});

it('leaves nothing behind when the work fails half way', async () => {
  await ledger.write(request(), setting('a'));
  const before = await tables();
  const failing = ledger.write(request(), async (transaction) => {
    await transaction.tx.project.update({ where: { id: projectId }, data: { name: 'changed' } });
    throw new Error('half way');
  });
  await expect(failing).rejects.toThrow('half way');
  expect(await tables()).toEqual(before);
  expect(await database.query('select name from project where id = $1', [projectId])).toEqual([{ name: 'p' }]);
});

it('leaves nothing behind when the database refuses the last statement', async () => {
  const before = await tables();
  const spoilt = ledger.write(request(), async (transaction) => {
    const work = await setting('a')(transaction);
    return { ...work, audit: work.audit.map((line) => ({ ...line, after: 'NUL \0' })) };
  });
  await expect(spoilt).rejects.toThrow();
  expect(await tables()).toEqual(before);
});

it('answers a dry run like a write and saves nothing', async () => {
  await ledger.write(request(), setting('a', true));
  const before = await tables();
  const rehearsed = await ledger.write(request({ dryRun: true }), setting('a', false));
  expect([rehearsed.result, [...rehearsed.revisions], rehearsed.environmentKeys.get(environmentId)]).toEqual([
    2,
    [[environmentId, 2]],
    'first',
  ]);
  expect(await tables()).toEqual(before);
});

it('makes no revision for what no client would notice, yet keeps the audit', async () => {
  await ledger.write(request(), setting('a'));
  const { revisions } = await ledger.write(request(), setting('a'));
  expect([...revisions]).toEqual([]);
  expect(await changesAfter(1)).toEqual([]);
  expect(await database.query('select revision from audit_event where project_id = $1 order by id', [projectId])).toEqual([
    { revision: '1' },
    { revision: null },
  ]);
});

describe('given a write of very many rows', () => {
  const MANY = 2_500;
  const keys = Array.from({ length: MANY }, (_, at) => `flag-${at}`);
  const settingAll =
    (isThere: boolean) =>
    async ({ nextRevision }: LedgerTransaction): Promise<Work<null>> => {
      const flag = (key: string) => (isThere ? aFlag(key, nextRevision.get(environmentId) ?? -1) : null);
      const entries = keys.map((key): EntryChange => ({ kind: 'flag', key, server: flag(key), client: null }));
      const audit = keys.map((key) => ({
        environmentId,
        action: 'flag.set',
        resourceKind: 'flag',
        resourceKey: key,
        before: null,
        after: null,
      }));
      return { entries: new Map([[environmentId, entries]]), audit, result: null };
    };
  const counts = async () => {
    const [row] = await database.query<{ entries: number; lines: number; changes: number }>(
      `select (select count(*)::int from snapshot_entry where environment_id = $1) as entries,
        (select count(*)::int from audit_event where environment_id = $1 and revision is not null) as lines,
        (select count(*)::int from change where environment_id = $1) as changes`,
      [environmentId],
    );
    return row;
  };

  it('saves each of them in one revision, and takes them away in one', async () => {
    await ledger.write(request(), settingAll(true));
    expect(await counts()).toEqual({ entries: MANY, lines: MANY, changes: 1 });
    const audited = await database.query<{ key: string }>(
      'select resource_key as key from audit_event where environment_id = $1 order by id',
      [environmentId],
    );
    expect(audited.map(({ key }) => key)).toEqual(keys);
    await ledger.write(request(), settingAll(false));
    expect(await counts()).toEqual({ entries: 0, lines: 2 * MANY, changes: 2 });
  });

  it('leaves nothing of them behind when the database refuses the last statement', async () => {
    await database.query(
      `insert into change (environment_id, revision, server, client, server_checksum, client_checksum) values ($1, 1, '', '', 0, 0)`,
      [environmentId],
    );
    await expect(ledger.write(request(), settingAll(true))).rejects.toThrow();
    expect(await counts()).toEqual({ entries: 0, lines: 0, changes: 1 });
  });
});

it('counts the revisions that were committed, by place', async () => {
  const [project] = await database.query<{ key: string }>('select key from project where id = $1', [projectId]);
  await ledger.write(request(), setting('a'));
  await ledger.write(request({ dryRun: true }), setting('a', false));
  await ledger.write(request(), setting('b'));
  expect(await metrics.metrics()).toContain(`ballast_changes_total{environment="${project?.key}/first"} 2\n`);
});

it('refuses work on an environment that was not locked', async () => {
  await expect(ledger.write(request({ environmentIds: [] }), setting('a'))).rejects.toThrow('did not lock');
  expect(await changesAfter(0)).toEqual([]);
});

it('writes to many environments at once without writers waiting in a circle', async () => {
  const ids = [environmentId, await anEnvironment('second'), await anEnvironment('third')];
  const inEvery =
    (key: string) =>
    async ({ nextRevision }: LedgerTransaction): Promise<Work<null>> => {
      const entries = [...nextRevision].map(([id, revision]): [string, EntryChange[]] => [
        id,
        [{ kind: 'flag', key, server: aFlag(key, revision), client: null }],
      ]);
      return { entries: new Map(entries), audit: [], result: null };
    };
  const orders = [ids, [...ids].reverse(), 'all' as const];
  await Promise.all(
    Array.from({ length: 30 }, (_, at) => ledger.write(request({ environmentIds: orders[at % 3] ?? 'all' }), inEvery(`flag-${at}`))),
  );
  expect(await database.query('select distinct current from revision where environment_id = any($1)', [ids])).toEqual([{ current: '30' }]);
});

it('counts a new environment from 1 and lets nobody write to "all" while it is being made', async () => {
  const created = await database.query<{ id: string }>('select gen_random_uuid() as id');
  const id = created[0]?.id ?? '';
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const making = ledger.write(request({ environmentIds: [id] }), async ({ tx, nextRevision }) => {
    await tx.$queryRaw`SELECT 1 FROM project WHERE id = ${projectId}::uuid FOR UPDATE`;
    await tx.environment.create({ data: { id, projectId, key: 'new', name: 'new', revision: { create: {} } } });
    begun();
    await finished;
    const revision = nextRevision.get(id) ?? -1;
    return {
      entries: new Map([[id, [{ kind: 'flag' as const, key: 'a', server: aFlag('a', revision), client: null }]]]),
      audit: [],
      result: revision,
    };
  });
  await hasBegun;
  const everywhere = ledger.write(request({ environmentIds: 'all' }), async ({ nextRevision }) => ({
    entries: new Map(),
    audit: [],
    result: [...nextRevision.keys()].sort(),
  }));
  await untilWaiting(database, 1);
  finish();
  expect((await making).revisions.get(id)).toBe(1);
  expect((await everywhere).result).toEqual([environmentId, id].sort());
});
