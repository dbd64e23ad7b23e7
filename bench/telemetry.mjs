// What counting costs, beside Unleash, and whether it is exact: `npm run bench:telemetry`. About four minutes.
import { build } from '../scripts/build.mjs';
import { say } from '../scripts/step.mjs';
import { prepare } from './prepare.mjs';

await prepare();
await build();
const { measureTelemetry } = await import('./telemetry/measure.mjs');
const { writeReport } = await import('./report.mjs');
process.stdout.write(`${writeReport('telemetry', 'Telemetry', await measureTelemetry(say))}\n`);
