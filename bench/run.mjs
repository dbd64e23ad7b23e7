// Measures Ballast beside its peers and writes RESULTS.md and results/*.json. The peers are installed here, on first use, and nowhere else.
import { fileURLToPath } from 'node:url';
import { install } from '../scripts/install.mjs';
import { must, mustRun, say, whenChanged } from '../scripts/step.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const here = fileURLToPath(new URL('.', import.meta.url));

await install();
// Compiles the libraries too.
await mustRun('../sdk/build.mjs');
await whenChanged({ name: 'bench', from: ['bench/package-lock.json'], makes: ['bench/node_modules/unleash-client'] }, async () => {
  say('Installing the peers …');
  await must(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 2, 2] });
});

const { measureEngine } = await import('./engine.mjs');
const { writeReport } = await import('./report.mjs');
say('Measuring; this takes some minutes …');
process.stdout.write(`${writeReport('engine', 'Engine and client', await measureEngine())}\n`);
