import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { exitCodeOf, root, say } from './step.mjs';

/** Faults that really happen to servers, relays, databases and clients; `--long` for the longer versions of the same. */
async function main() {
  const others = process.argv.slice(2);
  const isLong = others.includes('--long');
  await install();
  await build();
  const args = others.filter((arg) => arg !== '--long');
  const env = { ...process.env, ...(isLong && { BALLAST_FAULTS: 'long' }) };
  process.exitCode = await exitCodeOf(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'faults', ...args],
    {
      env,
    },
  );
}

try {
  await main();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
