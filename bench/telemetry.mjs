// What counting costs, beside Unleash, and whether it is exact; what objectives and health cost: `npm run bench:telemetry`. About five minutes.
import { build } from '../scripts/build.mjs';
import { say } from '../scripts/step.mjs';
import { prepare } from './prepare.mjs';

await prepare();
await build();
const { measureTelemetry } = await import('./telemetry/measure.mjs');
const { measureObjectives } = await import('./slo.mjs');
const { writeReport } = await import('./report.mjs');
const counting = await measureTelemetry(say);
const objectives = await measureObjectives(say);
const report = { ...counting, rows: [...counting.rows, ...objectives.rows], text: `${counting.text.trimEnd()}\n\n${objectives.text}` };
process.stdout.write(`${writeReport('telemetry', 'Telemetry', report)}\n`);
