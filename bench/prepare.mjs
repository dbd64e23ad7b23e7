import { fileURLToPath } from 'node:url';
import { install } from '../scripts/install.mjs';
import { must, say, whenChanged } from '../scripts/step.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs what the project needs, and the peers, which live here and nowhere else. */
export async function prepare() {
  await install();
  await whenChanged({ name: 'bench', from: ['bench/package-lock.json'], makes: ['bench/node_modules/unleash-client'] }, async () => {
    say('Installing the peers …');
    await must(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 2, 2] });
  });
}
