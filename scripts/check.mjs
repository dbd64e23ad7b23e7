import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { checkDocstrings } from './docstrings.mjs';
import { mustRun, root, say } from './step.mjs';

const FOLDERS = ['apps', 'libs', 'sdk/src', 'test'];

/** Style, types, arrows between packages and rooms, every export of the SDK described, and nothing unused. */
export async function check() {
  say('Biome …');
  await mustRun('@biomejs/biome/bin/biome', ['ci', '--error-on-warnings']);
  say('Types …');
  await mustRun('typescript/bin/tsc', ['-b']);
  say('Dependency rules …');
  checkArrows();
  say('Docstrings …');
  say(`  ${checkDocstrings()} exports and members of the SDK, each with a docstring`);
  say('knip …');
  await mustRun('knip/bin/knip.js');
}

/** dependency-cruiser that finds no modules exits with 0: a green check that checks nothing. */
function checkArrows() {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...FOLDERS];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (stdout.trim() === '') throw new Error(`dependency-cruiser failed: ${stderr}`);
  const { violations, totalCruised } = JSON.parse(stdout).summary;
  for (const { rule, from, to } of violations) say(`  ${rule.name}: ${from} → ${to}`);
  if (violations.length > 0) throw new Error(`${violations.length} forbidden dependencies`);
  if (!(totalCruised > 0)) throw new Error('dependency-cruiser looked at no module at all');
  say(`  ${totalCruised} modules, no forbidden dependency`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await build();
    await check();
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}
