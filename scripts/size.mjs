// What the SDK costs a page: bundles what is published as a consumer would, minified, and compares its gzipped size with a limit.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { browserCode } from '../sdk/build.mjs';
import { INTERNAL } from '../sdk/internal-names.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** kB are 1000 bytes. `limit` may only fall, towards `goal`. */
const bundles = [
  { name: 'browser entry', limit: 11_600, goal: 7_000, entry: await browserCode() },
  { name: 'with insights', limit: 13_200, goal: 8_200, entry: await browserCode('browser-insights') },
  {
    name: 'engine alone',
    limit: 4_400,
    goal: 3_000,
    options: { mangleProps: INTERNAL },
    entry: "export { evaluate, prepareFlag, prepareSegment } from './libs/evaluation/src/index.ts';",
  },
];

async function sizeOf(entry, options) {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@ballast/source'],
    write: false,
    logLevel: 'warning',
    ...options,
  });
  const [{ contents }] = outputFiles;
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}

const kB = (bytes) => `${(bytes / 1000).toFixed(2)} kB`;
let isOver = false;
for (const { name, limit, goal, entry, options } of bundles) {
  const { minified, gzipped } = await sizeOf(entry, options);
  isOver ||= gzipped > limit;
  const verdict = gzipped > limit ? 'OVER' : 'ok';
  console.log(
    [name.padEnd(14), `minified ${kB(minified)}`, `gzip ${kB(gzipped)}`, `limit ${kB(limit)}`, `goal ${kB(goal)}`, verdict].join('   '),
  );
}
if (isOver) process.exitCode = 1;
