import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mustRun, root, say, whenChanged } from './step.mjs';

const PACKAGES = ['libs/evaluation', 'libs/protocol', 'libs/api', 'libs/importers', 'libs/streaming', 'apps/server'];
// The server is no library: it has no index.
const MADE = PACKAGES.map((path) => `${path}/dist/${path === 'apps/server' ? 'main' : 'index'}.js`);
const SCHEMA = ['prisma/schema', 'prisma.config.ts', 'package-lock.json'];
const SOURCES = [...PACKAGES, 'sdk', 'tsconfig.base.json', 'tsconfig.pure.json', 'tsconfig.json', ...SCHEMA];

/** Makes what the sources lead to and is not there yet: Prisma's client, compiled packages, the SDK's bundles. */
export async function build() {
  await whenChanged({ name: 'generated', from: SCHEMA, makes: ['apps/server/src/generated/prisma/client.ts'] }, async () => {
    say('Generating the database client …');
    await mustRun('prisma/build/index.js', ['generate', '--no-hints']);
  });
  await whenChanged({ name: 'built', from: SOURCES, makes: MADE }, async () => {
    say('Building …');
    await mustRun('typescript/bin/tsc', ['-b', ...PACKAGES]);
    if (existsSync(join(root, 'sdk/build.mjs'))) await mustRun('../sdk/build.mjs');
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
