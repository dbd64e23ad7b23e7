import { pathToFileURL } from 'node:url';
import { mustRun, say, whenChanged } from './step.mjs';

const PACKAGES = [
  'libs/evaluation',
  'libs/protocol',
  'libs/slo',
  'libs/api',
  'libs/importers',
  'libs/streaming',
  'apps/server',
  'apps/relay',
];
// What is in apps is no library: it has no index.
const MADE = PACKAGES.map((path) => `${path}/dist/${path.startsWith('apps/') ? 'main' : 'index'}.js`);
const SCHEMA = ['prisma/schema', 'prisma.config.ts', 'package-lock.json'];
const SOURCES = [...PACKAGES, 'tsconfig.base.json', 'tsconfig.pure.json', 'tsconfig.json', ...SCHEMA];

/** Prisma's chatter goes where our own does. */
const QUIET = { stdio: ['ignore', 2, 2] };
const makeClient = { name: 'generated', from: SCHEMA, makes: ['apps/server/src/generated/prisma/client.ts'] };
const makePackages = { name: 'built', from: SOURCES, makes: MADE };
const makeSdk = { name: 'sdk', from: ['sdk', 'libs/evaluation', 'libs/protocol'], makes: ['sdk/dist/node.js', 'sdk/dist/browser.js'] };

/** Makes what the sources lead to and is not there yet: Prisma's client, compiled packages, the SDK's bundles. A start has no time to check types. */
export async function build({ checkTypes = true } = {}) {
  await whenChanged(makeClient, async () => {
    say('Generating the database client …');
    await mustRun('prisma/build/index.js', ['generate', '--no-hints'], QUIET);
  });
  await whenChanged(makePackages, async () => {
    say('Building …');
    await mustRun('typescript/bin/tsc', ['-b', ...(checkTypes ? [] : ['--noCheck']), ...PACKAGES]);
  });
  await whenChanged(makeSdk, () => mustRun('../sdk/build.mjs', [], QUIET));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
