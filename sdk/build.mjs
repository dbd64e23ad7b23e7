// Bundles the package: evaluation and protocol go into it, code and types alike.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const root = dirname(fileURLToPath(import.meta.url));

/** What `package.json` exports: each from `src/<from>`, for Node unless it is to run anywhere. */
const entries = [
  { name: 'node', from: 'node/index', platform: 'node' },
  { name: 'browser', from: 'browser/index', minify: true },
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

function bundleCode({ name, from, platform = 'neutral', minify = false, banner = {} }) {
  return build({
    entryPoints: [join(root, `src/${from}.ts`)],
    outfile: join(root, `dist/${name}.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform,
    conditions: ['source'],
    external: ['socket.io-client', 'react', '@opentelemetry/*', '@openfeature/*'],
    plugins: [clientOfThePlace],
    minify,
    banner,
    sourcemap: true,
    logLevel: 'warning',
  });
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
  await Promise.all([...entries.map(bundleCode), ...types]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildSdk();
