import { readFileSync } from 'node:fs';
import { systemClock } from './clock.js';
import { relayLog } from './log.js';
import { Relay } from './relay.js';
import { readSettings, SettingsError } from './settings.js';

/** How long a stop may take before the process ends without having finished. */
const STOP_MS = 15_000;

const version = (/"version": "([^"]+)"/.exec(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) ?? [])[1] ?? '0';

try {
  const settings = readSettings(process.env, process.cwd());
  const log = relayLog(settings.logLevel, (line) => process.stdout.write(`${line}\n`), systemClock.now);
  const relay = new Relay({ settings, clock: systemClock, log, version });
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_MS).unref();
    relay.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(`Ballast relay is at ${await relay.start()}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}
