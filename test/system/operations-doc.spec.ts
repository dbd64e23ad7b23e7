import { spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { aRelayKey } from '../harness/a-relay.js';
import { aRelayHere } from '../harness/a-relay-here.js';
import { aServer, type TestServer } from '../harness/index.js';
import { textOf } from '../harness/manifests.js';

const root = join(import.meta.dirname, '../..');
const RULES = 'deploy/prometheus/ballast.rules.yml';
const rule = z.looseObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
});
const file = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule) })) });

let server: TestServer;
/** Names of everything that a server and a relay show. */
let shown: ReadonlySet<string>;

beforeAll(async () => {
  server = await aServer();
  const relay = await aRelayHere({ upstreamUrl: server.url, key: await aRelayKey(server) });
  const texts = await Promise.all([server.url, relay.url].map(async (url) => (await fetch(`${url}/metrics`)).text()));
  shown = new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => String(name))));
  await relay.remove();
});
afterAll(() => server.stop());

async function rules() {
  return file.parse(parse(await textOf(RULES))).groups.flatMap((group) => group.rules);
}

/** Rows of the table of alerts: name, metric, threshold, for how long. */
async function rows() {
  const doc = await textOf('docs/operations.md');
  return [...doc.matchAll(/^\| `(Ballast\w+)` \| `(\w+)` \| `([^`]+)`(?: for (\w+))? \| (.+) \|$/gm)].map(
    ([, alert = '', metric = '', when = '', lasts]) => ({ alert, metric, when, lasts }),
  );
}

it('the rules and the table of alerts are of one mind', async () => {
  const table = await rows();
  const stated = (await rules()).map(({ alert, expr, for: lasts }) => ({ alert, lasts, expr }));
  expect(table.map(({ alert, lasts }) => ({ alert, lasts }))).toEqual(stated.map(({ alert, lasts }) => ({ alert, lasts })));
  for (const [i, { metric, when }] of table.entries()) {
    expect(stated[i]?.expr).toContain(metric);
    expect(stated[i]?.expr).toContain(when);
  }
});

it('everything that alerts look at is shown by a server or a relay', async () => {
  expect(shown.size).toBeGreaterThan(20);
  for (const { expr } of await rules()) {
    const names = [...expr.matchAll(/\b(?:ballast|nodejs|process)_\w+/g)].map(([name]) => name.replace(/_(?:bucket|count|sum)$/, ''));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(shown).toContain(name);
  }
});

it('every metric that the documents name is shown by a server or a relay', async () => {
  const names = (await textOf('docs/operations.md')).match(/\bballast_[a-z_]+[a-z](?![a-z_.*])/g) ?? [];
  const metrics = names.filter((name) => !name.startsWith('ballast_drill'));
  expect(metrics.length).toBeGreaterThan(15);
  for (const name of metrics) expect(shown).toContain(name);
});

it('every setting of servers and relays is in the documents', async () => {
  const doc = await textOf('docs/operations.md');
  const server = [...(await textOf('apps/server/src/settings/settings.ts')).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)];
  const relay = [...(await textOf('apps/relay/src/settings.ts')).matchAll(/\(\s*'([A-Z][A-Z_]{3,})'/g)];
  expect([server.length > 15, relay.length > 5]).toEqual([true, true]);
  for (const [, name] of [...server, ...relay]) expect(doc).toContain(`\`${name}\``);
});

it('every file that the document leads to is there', async () => {
  const links = [...(await textOf('docs/operations.md')).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => String(path));
  expect(links.length).toBeGreaterThan(8);
  for (const path of links) await expect(access(join(root, 'docs', path)), path).resolves.toBeUndefined();
});

it('every script of npm that the document calls is there', async () => {
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(await textOf('package.json')));
  const called = [...(await textOf('docs/operations.md')).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => String(name));
  expect(called).toContain('backup:drill');
  for (const name of called) expect(Object.keys(scripts)).toContain(name);
});

it('promtool accepts the rules', (context) => {
  const { status, stdout, error } = spawnSync('promtool', ['check', 'rules', RULES], { cwd: root, encoding: 'utf8' });
  if (error !== undefined) context.skip('promtool of the Debian package prometheus is not installed');
  expect(stdout).toContain('SUCCESS: 14 rules found');
  expect(status).toBe(0);
});
