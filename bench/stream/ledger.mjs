// Eight writers at the ledger, with nothing before it. Reports by message.
import 'reflect-metadata';
import { ChangeGates, ChangeLedger } from '../../apps/server/dist/changes/index.js';
import { SystemClock } from '../../apps/server/dist/clock.js';
import { PrismaService } from '../../apps/server/dist/database/index.js';
import { readSettings } from '../../apps/server/dist/settings/index.js';

const [, , url, environmentId, projectId, ms] = process.argv;
const WRITERS = 8;
const prisma = new PrismaService(readSettings({ DATABASE_URL: url }));
const ledger = new ChangeLedger(prisma, new SystemClock(), new ChangeGates());
const base = {
  type: 'boolean',
  variants: { on: true, off: false },
  offVariant: 'off',
  prerequisites: [],
  rules: [],
  default: null,
  metadata: {},
};
const request = {
  projectId,
  environmentIds: [environmentId],
  actor: { name: 'bench', scopes: ['write'] },
  reason: 'because',
  dryRun: false,
};

function setting(key, on) {
  return async ({ nextRevision }) => {
    const revision = nextRevision.get(environmentId);
    const flag = { key, version: revision, state: on ? 'on' : 'off', ...base };
    const audit = [{ environmentId, action: 'flag.set', resourceKind: 'flag', resourceKey: key, before: null, after: { on } }];
    return { entries: new Map([[environmentId, [{ kind: 'flag', key, server: flag, client: flag }]]]), audit, result: revision };
  };
}

const turns = Array(WRITERS).fill(0);

async function write(until) {
  const revisions = [];
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    while (performance.now() < until) {
      turns[writer] += 1;
      const { revisions: written } = await ledger.write(request, setting(`bench-${writer}`, turns[writer] % 2 === 0));
      revisions.push(written.get(environmentId));
    }
  });
  await Promise.all(writers);
  return revisions;
}

await write(performance.now() + 500);
const began = performance.now();
const revisions = await write(began + Number(ms));
const perSecond = revisions.length / ((performance.now() - began) / 1_000);
await prisma.$disconnect();
process.send({ perSecond, revisions });
