import type { LogLevel } from './settings.js';

/** Facts of a log line; never a secret. */
export type Facts = { readonly [name: string]: unknown };

/** The relay's log: one JSON object per line. */
export interface Log {
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const satisfies Readonly<Record<LogLevel, number>>;

/** What looks like one of our secrets, or a password inside a URL, wherever it stands in a text. */
const SECRET_TEXT = /blst_(?:srv|cli|rly|api)_[\w-]+|(?<=:\/\/[^\s:/@"]*:)[^\s@"]+(?=@)/g;

/** A log from a level on; secrets are taken out of every line. */
export function relayLog(from: LogLevel, write: (line: string) => void, now: () => number): Log {
  const at =
    (level: Exclude<LogLevel, 'silent'>) =>
    (msg: string, facts: Facts = {}) => {
      if (RANK[level] < RANK[from]) return;
      write(JSON.stringify({ level, time: now(), service: 'ballast-relay', msg, ...facts }).replace(SECRET_TEXT, '[secret]'));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
