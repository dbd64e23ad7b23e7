// Measures Ballast beside its peers and writes RESULTS.md and results/*.json. The peers are installed here, on first use, and nowhere else.
import { mustRun, say } from '../scripts/step.mjs';
import { prepare } from './prepare.mjs';

await prepare();
// Compiles the libraries too.
await mustRun('../sdk/build.mjs');

const { measureEngine } = await import('./engine.mjs');
const { writeReport } = await import('./report.mjs');
say('Measuring; this takes some minutes …');
process.stdout.write(`${writeReport('engine', 'Engine and client', await measureEngine())}\n`);
