import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Settings } from './settings/index.js';

const SECRET_FIELDS = [
  'authorization',
  '*.authorization',
  'headers["x-api-key"]',
  '*.headers["x-api-key"]',
  'secret',
  '*.secret',
  'token',
  '*.token',
  'password',
  '*.password',
  'key.secret',
];

/** What looks like one of our secrets, or a password inside a URL, wherever it stands in a text. */
const SECRET_TEXT = /blst_(?:srv|cli|rly|api)_[\w-]+|(?<=:\/\/[^\s:/@]*:)[^\s@]+(?=@)/g;

/** The server's log: one JSON object per line on stdout, secrets taken out. */
export function serverLog(level: Settings['logLevel'], destination: DestinationStream = pino.destination({ sync: true })): Logger {
  return pino(
    {
      level,
      base: { service: 'ballast' },
      redact: { paths: SECRET_FIELDS, censor: '[secret]' },
      serializers: { err: describeError },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** An error as fields of a log line, its causes included. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message: hideSecrets(message),
    stack: hideSecrets(stack ?? ''),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

function hideSecrets(text: string): string {
  return text.replace(SECRET_TEXT, '[secret]');
}

/** Nest's own messages, in the server's log; its chatter about modules and routes is for `debug`. */
export class NestLog implements LoggerService {
  constructor(private readonly pinoLog: Logger) {}

  log(message: unknown, context?: string): void {
    this.pinoLog.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.pinoLog.warn({ context }, String(message));
  }

  error(message: unknown, stackOrContext?: string, context?: string): void {
    this.pinoLog.error(
      { context: context ?? stackOrContext, err: message instanceof Error ? message : undefined },
      hideSecrets(String(message)),
    );
  }
}
