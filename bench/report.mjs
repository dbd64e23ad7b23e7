import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { short } from './statistics.mjs';

const fileAt = (path) => fileURLToPath(new URL(path, import.meta.url));

function rowOf({ what, ours, peer, ratio, bar, met }) {
  const shown = (number) => (number === null ? '' : short(number));
  return `| ${what} | ${shown(ours)} | ${shown(peer)} | ${shown(ratio)} | ${bar ?? ''} | ${met === null ? '' : met ? 'yes' : '**no**'} |`;
}

/** The parts of `RESULTS.md`, in the order in which they stand there; whoever measures writes one. */
const PARTS = ['engine', 'stream', 'telemetry'];

/** Writes `results/<name>.json` and this part of `RESULTS.md`; answers the summary. */
export function writeReport(name, title, { rows, versions, text }) {
  const today = new Date().toISOString().slice(0, 10);
  const summary = ['| what | ours | peer | ratio | bar | met |', '|---|---|---|---|---|---|', ...rows.map(rowOf)].join('\n');
  const machine = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
  mkdirSync(fileAt('results'), { recursive: true });
  writeFileSync(fileAt(`results/${name}.json`), `${JSON.stringify({ versions, rows }, null, 2)}\n`);
  const written = `Written by \`npm run ${COMMANDS[name]}\` on ${today}: ${machine.join(', ')}.`;
  writeFileSync(fileAt(`results/${name}.md`), `## ${title}\n\n${written}\n\n${summary}\n\n${text.trimEnd()}\n`);
  const parts = PARTS.map((part) => fileAt(`results/${part}.md`)).filter((path) => existsSync(path));
  writeFileSync(fileAt('RESULTS.md'), `# Results\n\n${parts.map((path) => readFileSync(path, 'utf8')).join('\n')}`);
  return summary;
}

const COMMANDS = { engine: 'bench', stream: 'bench:stream', telemetry: 'bench:telemetry' };
