import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { short } from './statistics.mjs';

const fileAt = (path) => fileURLToPath(new URL(path, import.meta.url));

function rowOf({ what, ours, peer, ratio, bar, met }) {
  const shown = (number) => (number === null ? '' : short(number));
  return `| ${what} | ${shown(ours)} | ${shown(peer)} | ${shown(ratio)} | ${bar} | ${met ? 'yes' : '**no**'} |`;
}

/** Writes `results/<name>.json` and `RESULTS.md`; answers the summary. */
export function writeReport(name, title, { rows, versions, text }) {
  const today = new Date().toISOString().slice(0, 10);
  const summary = ['| what | ours | peer | ratio | bar | met |', '|---|---|---|---|---|---|', ...rows.map(rowOf)].join('\n');
  const machine = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
  mkdirSync(fileAt('results'), { recursive: true });
  writeFileSync(fileAt(`results/${name}.json`), `${JSON.stringify({ versions, rows }, null, 2)}\n`);
  writeFileSync(
    fileAt('RESULTS.md'),
    `# Results\n\nWritten by \`npm run bench\` on ${today}: ${machine.join(', ')}.\n\n## ${title}\n\n${summary}\n\n${text}`,
  );
  return summary;
}
