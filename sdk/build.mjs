// Bundles the package: evaluation and protocol go into it, code and types alike.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const root = dirname(fileURLToPath(import.meta.url));
const entries = ['node', 'browser'];

function bundleCode(name) {
  return build({
    entryPoints: [join(root, `src/${name}/index.ts`)],
    outfile: join(root, `dist/${name}.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: name === 'node' ? 'node' : 'neutral',
    conditions: ['source'],
    external: ['socket.io-client'],
    minify: name === 'browser',
    sourcemap: true,
    logLevel: 'warning',
  });
}

/** Declarations of the private packages, which no consumer has, are taken from where `tsc -b` wrote them. */
const privatePackages = {
  name: 'private-packages',
  async resolveId(id) {
    const library = /^@ballast\/(\w+)$/.exec(id)?.[1];
    return library ? join(root, `../libs/${library}/dist/index.d.ts`) : null;
  },
};

/** Declarations of the package and of what goes into it; quick when nothing changed. */
function compile() {
  return promisify(execFile)(process.execPath, [join(root, '../node_modules/typescript/bin/tsc'), '-b', root]);
}

async function bundleTypes(name) {
  const bundle = await rollup({ input: join(root, `dist/tsc/${name}/index.d.ts`), plugins: [privatePackages, dts()] });
  await bundle.write({ file: join(root, `dist/${name}.d.ts`), format: 'es' });
  await bundle.close();
}

/** Writes `dist/{node,browser}.{js,d.ts}`. */
export async function buildSdk() {
  const compiled = compile();
  const types = entries.map((name) => compiled.then(() => bundleTypes(name)));
  await Promise.all([...entries.map(bundleCode), ...types]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildSdk();
