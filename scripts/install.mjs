import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must, root, say, whenChanged } from './step.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** What an installation without development packages would lack. */
const NEEDED = ['node_modules/typescript', 'node_modules/prisma', 'node_modules/@nestjs/core'];

/** Installs what is missing: in a fresh checkout, and after the lock file has changed. */
export async function install() {
  refuseOldNode();
  await whenChanged({ name: 'installed', from: ['package-lock.json'], makes: NEEDED }, async () => {
    if (isUpToDate()) return;
    say('Installing packages …');
    await must(npm, ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: ['ignore', 2, 2],
    });
  });
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`Ballast needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

/** npm writes its own lock file into node_modules at the end of an installation. */
function isUpToDate() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return (
    existsSync(installed) &&
    NEEDED.every((path) => existsSync(join(root, path))) &&
    statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  );
}
