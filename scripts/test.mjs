import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { chromium } from './chromium.mjs';
import { install } from './install.mjs';
import { exitCodeOf, root, say } from './step.mjs';

/** Everything that CI runs. Each part runs even if one before it failed; the last line counts tests. */
async function main() {
  await install();
  await build();
  const { check } = await import('./check.mjs');
  const failures = [];
  await part(failures, 'check', check);
  const tests = await runTests(failures);
  await part(failures, 'size', measureSize);
  for (const failure of failures) say(`FAILED ${failure}`);
  process.stdout.write(`${tests.passed} passed, ${tests.failed} failed\n`);
  process.exit(failures.length === 0 && tests.failed === 0 && tests.passed > 0 ? 0 : 1);
}

async function part(failures, name, work) {
  try {
    await work();
  } catch (error) {
    failures.push(`${name}: ${error.message}`);
  }
}

async function runTests(failures) {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-results-'));
  const report = join(folder, 'vitest.json');
  const code = await exitCodeOf(process.execPath, [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...projects().flatMap((project) => ['--project', project]),
  ]);
  if (code !== 0) failures.push('tests');
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numFailedTestSuites = 0,
  } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  rmSync(folder, { recursive: true });
  return { passed: numPassedTests, failed: numFailedTests === 0 && code !== 0 ? Math.max(1, numFailedTestSuites) : numFailedTests };
}

function projects() {
  const always = ['unit', 'conformance', 'system', 'faults'];
  if (!existsSync(join(root, 'test/browser'))) return always;
  if (chromium() !== null) return [...always, 'browser'];
  say('There is no Chromium on this machine: the tests in a browser are not run.');
  return always;
}

async function measureSize() {
  if (!existsSync(join(root, 'scripts/size.mjs'))) return;
  const code = await exitCodeOf(process.execPath, [join(root, 'scripts/size.mjs')]);
  if (code !== 0) throw new Error('a size is over its budget');
}

try {
  await main();
} catch (error) {
  say(error.message);
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}
