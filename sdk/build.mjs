// Bundles the package: evaluation and protocol go into it, code and types alike.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { INTERNAL, namesIn } from './internal-names.mjs';

const root = dirname(fileURLToPath(import.meta.url));

/** What `package.json` exports: each from `src/<from>`, for Node unless it is to run anywhere. */
const entries = [
  { name: 'node', from: 'node/index', platform: 'node' },
  { name: 'browser', from: 'browser/index', short: { minify: true, mangleProps: INTERNAL } },
  { name: 'browser-insights', from: 'browser/insights', short: { minify: true, mangleProps: INTERNAL } },
  { name: 'hashes', from: 'hashes/index' },
  { name: 'testing', from: 'testing/index' },
  { name: 'react', from: 'react/index', banner: { js: '"use client";' } },
  { name: 'otel', from: 'otel/index' },
  { name: 'openfeature-server', from: 'openfeature/server/index' },
  { name: 'openfeature-web', from: 'openfeature/web/index' },
  { name: 'generate', from: 'generate/main', platform: 'node', types: false },
];

/** Where an entry creates clients, it takes the build of the place it runs in, which the program has anyway. */
const clientOfThePlace = {
  name: 'client-of-the-place',
  setup(bundler) {
    bundler.onResolve({ filter: /^(\.\.\/)+(browser|node)\/index\.js$/ }, () => ({ path: '@ballast/sdk', external: true }));
  },
};

/** Bundles the code of an entry; with `write: false` it is only returned. */
function bundleCode({ name, from, platform = 'neutral', short = {}, banner = {} }, options = {}) {
  return build({
    entryPoints: [join(root, `src/${from}.ts`)],
    outfile: join(root, `dist/${name}.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform,
    conditions: ['@ballast/source'],
    external: ['socket.io-client', 'react', '@opentelemetry/*', '@openfeature/*'],
    plugins: [clientOfThePlace],
    banner,
    sourcemap: true,
    logLevel: 'warning',
    ...short,
    ...options,
  });
}

/** The code of an entry for browsers as it is published. */
export async function browserCode(which = 'browser') {
  const entry = entries.find(({ name }) => name === which);
  const { outputFiles } = await bundleCode(entry, { write: false, sourcemap: false });
  return outputFiles[0].text;
}

/** Whatever others see by name keeps its name. */
async function checkNames() {
  const files = [
    'dist/browser.d.ts',
    'dist/browser-insights.d.ts',
    '../libs/evaluation/dist/model.d.ts',
    '../libs/protocol/dist/messages.d.ts',
  ];
  for (const file of files) {
    const names = namesIn(await readFile(join(root, file), 'utf8'));
    if (names.length > 0) throw new Error(`internal-names.mjs would shorten ${names.join(', ')} of ${file}`);
  }
}

/** Declarations of the private packages, which no consumer has, are taken from where `tsc -b` wrote them. */
const privatePackages = {
  name: 'private-packages',
  async resolveId(id) {
    const [, library, entry = ''] = /^@ballast\/(\w+)(\/hashes)?$/.exec(id) ?? [];
    return library ? join(root, `../libs/${library}/dist${entry}/index.d.ts`) : null;
  },
};

/** Declarations of the package and of what goes into it; quick when nothing changed. */
function compile() {
  return promisify(execFile)(process.execPath, [join(root, '../node_modules/typescript/bin/tsc'), '-b', root]);
}

async function bundleTypes({ name, from }) {
  const external = ['react', /^@(openfeature|opentelemetry)\//];
  const bundle = await rollup({ input: join(root, `dist/tsc/${from}.d.ts`), external, plugins: [privatePackages, dts()] });
  await bundle.write({ file: join(root, `dist/${name}.d.ts`), format: 'es' });
  await bundle.close();
}

/** Writes code and declarations of every entry to `dist`. */
export async function buildSdk() {
  const compiled = compile();
  const types = entries.filter((entry) => entry.types !== false).map((entry) => compiled.then(() => bundleTypes(entry)));
  await Promise.all([...entries.map((entry) => bundleCode(entry)), ...types]);
  await checkNames();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildSdk();
