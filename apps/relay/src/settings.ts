import { resolve } from 'node:path';

/** Levels of the relay's log, quietest last. */
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** How much a relay logs. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything a relay is told from outside, read once and checked. */
export interface Settings {
  /** Origin and path of the server or relay that this one speaks for. */
  readonly upstreamUrl: string;
  readonly key: string;
  readonly host: string;
  readonly port: number;
  /** Where the last verified snapshot is kept. */
  readonly dataDir: string;
  /** How long nothing may be heard of upstream before clients are told that what they hold may be old. */
  readonly staleAfterMs: number;
  /** Origins that browsers may call from; `*` allows every origin. */
  readonly allowedOrigins: readonly string[];
  /** Bytes of counters that may wait for upstream. */
  readonly forwardQueueBytes: number;
  readonly logLevel: LogLevel;
}

/** All that is wrong with the environment variables, together. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and gathers what is wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** The value, or the fallback when the variable is absent or empty; a problem is noted when it does not pass. */
  text(name: string, fallback: string | null, passes: (value: string) => boolean, must: string): string {
    const value = this.#env[name]?.trim() || fallback;
    if (value === null || !passes(value)) this.problems.push(`${name}: ${value === null ? 'is missing' : must}`);
    return value ?? '';
  }

  /** A whole number within bounds. */
  count(name: string, fallback: number, { least, most }: { readonly least: number; readonly most: number }): number {
    const passes = (value: string) => /^\d{1,12}$/.test(value) && Number(value) >= least && Number(value) <= most;
    return Number(this.text(name, String(fallback), passes, `must be a whole number from ${least} to ${most}`));
  }
}

/** Reads the settings from environment variables (an empty variable counts as unset) or throws every problem at once. */
export function readSettings(env: Environment, folder = '.'): Settings {
  const read = new Reader(env);
  const settings: Settings = {
    upstreamUrl: read.text('BALLAST_UPSTREAM_URL', null, isHttpUrl, 'must be an http or https URL').replace(/\/+$/, ''),
    key: read.text('BALLAST_RELAY_KEY', null, isSecret, 'must be a relay key: 16 to 255 printable ASCII characters without spaces'),
    host: read.text('HOST', '127.0.0.1', () => true, ''),
    port: read.count('PORT', 4500, { least: 0, most: 65_535 }),
    dataDir: resolve(
      folder,
      read.text('BALLAST_DATA_DIR', '.ballast-relay', () => true, ''),
    ),
    staleAfterMs: read.count('BALLAST_STALE_AFTER_SECONDS', 5, { least: 0, most: 86_400 }) * 1_000,
    allowedOrigins: list(
      read.text('ALLOWED_ORIGINS', '', areOrigins, 'must be * or origins such as https://shop.example, separated by commas'),
    ),
    forwardQueueBytes: read.count('BALLAST_FORWARD_QUEUE_BYTES', 33_554_432, { least: 65_536, most: 1_073_741_824 }),
    logLevel: LOG_LEVELS.find((level) => level === (env.BALLAST_LOG_LEVEL?.trim() || 'info')) ?? 'info',
  };
  read.text('BALLAST_LOG_LEVEL', 'info', (value) => LOG_LEVELS.some((level) => level === value), `must be one of ${LOG_LEVELS.join(', ')}`);
  if (read.problems.length > 0) throw new SettingsError(read.problems);
  return settings;
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isSecret(value: string): boolean {
  return /^[\x21-\x7e]{16,255}$/.test(value);
}

function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function areOrigins(value: string): boolean {
  return list(value).every((origin) => origin === '*' || (isHttpUrl(origin) && new URL(origin).origin === origin));
}
