import type { Logger } from 'pino';
import type { Clock } from './clock.js';
import { serverLog } from './log.js';
import type { Credentials } from './seed.js';
import { readSettings, type Settings, SettingsError } from './settings/index.js';
import { type RunningServer, startServer } from './start.js';
import { StartupError } from './startup-error.js';

/** How long a stop may take before the process ends without having finished. */
const STOP_MS = 15_000;

/** What the process offers: its environment, its folder, and a place to print for people. */
export interface Process {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly exit: (code: number) => void;
  readonly onSignal: (stop: () => void) => void;
  /** Another clock than the machine's: demonstrations let minutes pass in seconds. */
  readonly clock?: Clock;
}

/** Runs the server until a signal ends it; what keeps it from starting is said in a clear line. */
export async function run(process: Process): Promise<void> {
  try {
    const settings = readSettings(process.env, process.folder);
    const log = serverLog(settings.logLevel);
    let stopWanted = false;
    let running: RunningServer | null = null;
    process.onSignal(() => {
      if (stopWanted) return;
      stopWanted = true;
      if (running !== null) void stop(running, process, log);
    });
    running = await announce(settings, log, process);
    if (stopWanted) await stop(running, process, log);
  } catch (error) {
    process.printError(explain(error));
    process.exit(1);
  }
}

async function announce(settings: Settings, log: Logger, { print, clock }: Process): Promise<RunningServer> {
  const { credentials, ...running } = await startServer(settings, { clock, log });
  print(welcome(running.url, credentials));
  return running;
}

async function stop(running: RunningServer, { exit }: Process, log: Logger): Promise<void> {
  setTimeout(() => exit(1), STOP_MS).unref();
  log.info('stopping');
  try {
    await running.stop();
    exit(0);
  } catch (error) {
    log.error({ err: error }, 'the server did not stop cleanly');
    exit(1);
  }
}

function explain(error: unknown): string {
  if (error instanceof StartupError || error instanceof SettingsError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What is printed when the server is ready; secrets only by the start that made them. */
export function welcome(url: string, { secrets, file, isFirst }: Credentials): string {
  const lines = [`Ballast is ready at ${url}`];
  if (isFirst && secrets !== null) {
    lines.push(
      '',
      `  admin token              ${secrets.adminToken}`,
      ...Object.entries(secrets.keys).flatMap(([environment, { server, client }]) => [
        `  ${`${environment} server key`.padEnd(24)} ${server}`,
        `  ${`${environment} client key`.padEnd(24)} ${client}`,
      ]),
      '',
      `They are shown this once and kept in ${file}`,
    );
  } else if (secrets !== null) lines.push(`Admin token and SDK keys are in ${file}`);
  return lines.join('\n');
}
