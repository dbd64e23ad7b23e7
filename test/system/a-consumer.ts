import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number;
  readonly printed: string;
}

/** A program of somebody who installed the package as it would be published. */
export interface Consumer {
  readonly folder: string;
  write(file: string, text: string): void;
  read(file: string): string;
  /** Checks files with TypeScript, and compiles them unless told otherwise. */
  tsc(...args: readonly string[]): Promise<Ended>;
  /** Runs the package's command. */
  ballastSdk(...args: readonly string[]): Promise<Ended>;
  remove(): void;
}

/** Packs and installs the package, together with these packages that a consumer may have. */
export function aConsumer(...others: readonly string[]): Consumer {
  execFileSync(process.execPath, ['sdk/build.mjs'], { cwd: root });
  const folder = mkdtempSync(join(tmpdir(), 'ballast-consumer-'));
  const installed = join(folder, 'node_modules/@ballast/sdk');
  mkdirSync(installed, { recursive: true });
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: join(root, 'sdk'), stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  for (const name of ['socket.io-client', ...others]) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const run = async (...args: readonly string[]): Promise<Ended> => {
    const ended = promisify(execFile)(process.execPath, args, { cwd: folder });
    return ended.then(
      ({ stdout, stderr }) => ({ code: 0, printed: stdout + stderr }),
      ({ code, stdout, stderr }) => ({ code, printed: stdout + stderr }),
    );
  };
  return {
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    tsc: (...args) => run(join(root, 'node_modules/typescript/bin/tsc'), '--strict', '--target', 'es2022', '--module', 'nodenext', ...args),
    ballastSdk: (...args) => run(join(installed, bin['ballast-sdk']), ...args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
