// What counting costs, beside Unleash, and whether it is exact; what objectives and health cost: `npm run bench:telemetry`. About six minutes.
import { build } from '../scripts/build.mjs';
import { say } from '../scripts/step.mjs';
import { prepare } from './prepare.mjs';

await prepare();
await build();
const { measureTelemetry } = await import('./telemetry/measure.mjs');
const { measureObjectives } = await import('./slo.mjs');
const { alertTables, alertRows, simulateAlerts } = await import('./false-pages.mjs');
const { writeReport } = await import('./report.mjs');
const counting = await measureTelemetry(say);
const objectives = await measureObjectives(say);
say('Alerts of a healthy service, and how soon an incident is told …');
const alerts = await simulateAlerts();
const text = [counting.text.trimEnd(), objectives.text, alertTables(alerts)].join('\n\n');
const report = { ...counting, rows: [...counting.rows, ...objectives.rows, ...alertRows(alerts)], text };
process.stdout.write(`${writeReport('telemetry', 'Telemetry', report)}\n`);
