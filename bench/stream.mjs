// The figures of streams, requests and writes, in one run on loopback: `npm run bench:stream`. About four minutes.
import { execFileSync } from 'node:child_process';
import { build } from '../scripts/build.mjs';
import { say } from '../scripts/step.mjs';
import { prepare } from './prepare.mjs';

/** Ten thousand clients of each side, half of them in one process. */
const FILES = 12_000;

function warnOfFiles() {
  if (process.platform === 'win32') return;
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  if (limit !== 'unlimited' && Number(limit) < FILES)
    throw new Error(`A process may open ${limit} files here; this needs ${FILES}: raise it with \`ulimit -n ${FILES}\`.`);
}

warnOfFiles();
await prepare();
await build();
const { measureStream } = await import('./stream/measure.mjs');
const { writeReport } = await import('./report.mjs');
process.stdout.write(`${writeReport('stream', 'Streams, requests and writes', await measureStream(say))}\n`);
