import { type TestContext, it as test } from 'vitest';
import { SystemClock } from '../../apps/server/src/clock.js';
import { Leader, PrismaService, type Term } from '../../apps/server/src/database/index.js';
import { readSettings } from '../../apps/server/src/settings/index.js';
import { aProxy, type TcpProxy } from '../harness/a-proxy.js';
import { aDatabase, aServer, type TestDatabase } from '../harness/index.js';

/** The lead moves within ten seconds; a machine that is busy with other things may take longer. */
const MOVES = { timeout: 30_000, interval: 50 };

/** Stories that mostly wait, side by side. */
const it = test.concurrent;

async function ownDatabase({ onTestFinished }: TestContext): Promise<TestDatabase> {
  const database = await aDatabase();
  onTestFinished(() => database.drop());
  return database;
}

/** A server's candidate, standing for the lead. */
function aCandidate({ onTestFinished }: TestContext, url: string, duty: (term: Term) => Promise<void> = async () => undefined): Leader {
  const candidate = new Leader(readSettings({ DATABASE_URL: url }), new SystemClock());
  candidate.every(3_600_000, duty);
  candidate.onApplicationBootstrap();
  onTestFinished(() => candidate.onModuleDestroy());
  return candidate;
}

async function aLineTo({ onTestFinished }: TestContext, url: string): Promise<{ proxy: TcpProxy; url: string }> {
  const proxy = await aProxy(url);
  onTestFinished(() => proxy.stop());
  const through = new URL(url);
  through.port = String(proxy.port);
  return { proxy, url: through.href };
}

it('one of several servers leads, and hands over when it stops', async (test) => {
  const { expect } = test;
  const { url } = await ownDatabase(test);
  const candidates = [aCandidate(test, url), aCandidate(test, url), aCandidate(test, url)];
  const leading = () => candidates.filter((candidate) => candidate.isLeader());
  await expect.poll(() => leading().length, MOVES).toBe(1);
  const [first] = leading();
  await first?.onModuleDestroy();
  expect(first?.isLeader()).toBe(false);
  await expect.poll(() => leading().length, MOVES).toBe(1);
  expect(leading()).not.toEqual([first]);
});

it('a leader whose connection is ended leads no more at once, and somebody leads within seconds', async (test) => {
  const { expect } = test;
  const { url, query } = await ownDatabase(test);
  const terms: Term[] = [];
  const note = async (term: Term) => void terms.push(term);
  aCandidate(test, url, note);
  aCandidate(test, url, note);
  await expect.poll(() => terms.length, MOVES).toBe(1);
  await query(
    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND a.application_name = 'ballast-leader' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
  );
  await expect.poll(() => terms.length, MOVES).toBe(2);
  expect(terms.map(({ signal }) => signal.aborted)).toEqual([true, false]);
});

it.for(['swallow', 'deafen', 'stall'] as const)(
  'a leader whose network goes silent (%s) gives up before another one leads',
  async (manner, test) => {
    const { expect } = test;
    const { url } = await ownDatabase(test);
    const line = await aLineTo(test, url);
    const cutOff = aCandidate(test, line.url);
    await expect.poll(() => cutOff.isLeader(), MOVES).toBe(true);
    const wasLeading: boolean[] = [];
    const other = aCandidate(test, url, async () => void wasLeading.push(cutOff.isLeader()));
    line.proxy.behave(manner);
    await expect.poll(() => other.isLeader(), MOVES).toBe(true);
    expect(wasLeading).toEqual([false]);
  },
);

it('work of a term that is over is never written after the next term has begun', async (test) => {
  const { expect } = test;
  const { url, query } = await ownDatabase(test);
  await query('CREATE TABLE done (by text)');
  const { onTestFinished } = test;
  const prisma = new PrismaService(readSettings({ DATABASE_URL: url }));
  onTestFinished(() => prisma.onApplicationShutdown());
  const line = await aLineTo(test, url);
  const terms: Term[] = [];
  const slow = aCandidate(test, line.url, async (term) => void terms.push(term));
  await expect.poll(() => terms.length, MOVES).toBe(1);
  const [term] = terms;
  if (term === undefined) throw new Error('no term');
  let isFenced = (): void => undefined;
  const fenced = new Promise<void>((resolve) => {
    isFenced = resolve;
  });
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const working = prisma
    .$transaction(
      async (tx) => {
        await term.fence(tx);
        isFenced();
        await gate;
        await tx.$executeRaw`INSERT INTO done VALUES ('the former leader')`;
      },
      { timeout: 30_000 },
    )
    .then(
      () => 'written',
      () => 'refused',
    );
  await fenced;
  const next = aCandidate(test, url, async () => void (await query("INSERT INTO done VALUES ('the next leader')")));
  line.proxy.behave('refuse');
  await expect.poll(() => next.isLeader(), MOVES).toBe(true);
  await expect.poll(() => query('SELECT by FROM done'), MOVES).toEqual([{ by: 'the next leader' }]);
  expect(slow.isLeader()).toBe(false);
  go();
  expect(await working).toBe('refused');
  expect(await query('SELECT by FROM done')).toEqual([{ by: 'the next leader' }]);
  await expect(prisma.$transaction((tx) => term.fence(tx))).rejects.toThrow(/does not lead any more/);
});

// Alone: the metrics are those of the process.
test('says on /metrics and /health/ready who leads', async (test) => {
  const { expect, onTestFinished } = test;
  const database = await ownDatabase(test);
  const server = await aServer({ database });
  onTestFinished(() => server.stop());
  const health = async () => (await fetch(`${server.url}/health/ready`)).json();
  await expect.poll(health, MOVES).toEqual({ status: 'ready', leader: true });
  expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^ballast_leader 1$/m);
});
