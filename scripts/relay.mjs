import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { endWithNpm } from './npm-parent.mjs';
import { root } from './step.mjs';

/** Brings the checkout up to date, then becomes the relay: one process, so that signals need no forwarding. */
async function relay() {
  endWithNpm();
  try {
    await install();
    await build({ checkTypes: false });
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  process.env.BALLAST_DATA_DIR ||= join(root, '.ballast-relay');
  await import(pathToFileURL(join(root, 'apps/relay/dist/main.js')).href);
}

await relay();
