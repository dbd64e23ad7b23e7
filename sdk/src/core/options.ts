import type { EvaluationContext } from '@ballast/evaluation';
import type { Snapshot } from '@ballast/protocol';
import type { Hook } from './hooks.js';
import { attempt, isContext, membersOf } from './json.js';
import { DEFAULT_POLL_MS, LONGEST_POLL_MS, SHORTEST_POLL_MS } from './limits.js';
import type { Logger, Platform } from './transport.js';

/** A snapshot that a program brings along; its checksum is verified when it is there. */
export type Bootstrap = Omit<Snapshot, 'checksum'> & { readonly checksum?: number };

/** What `createClient` takes, wherever it runs. */
export interface ClientOptions {
  /** Where the Ballast server is, e.g. `https://flags.example.com`. */
  readonly url: string;
  /** The SDK key of one environment. */
  readonly key: string;
  /** Attributes of every evaluation; those given with a call win over these. */
  readonly context?: EvaluationContext;
  /** A snapshot to serve until something better is there. */
  readonly bootstrap?: Bootstrap;
  /** `false`: nothing is counted and nothing is sent. Default: `true`. */
  readonly telemetry?: boolean;
  /** Where problems are written; `null` is silent. Default: warnings and errors go to the console. */
  readonly logger?: Logger | null;
  /** Who is told of every evaluation, in this order. Default: nobody. */
  readonly hooks?: readonly Hook[];
  /** How often to ask by HTTP while there is no stream, in milliseconds, at least 1 000. Default: 30 000. */
  readonly pollIntervalMs?: number;
}

/** Options that can be relied upon, and what was wrong with those given. */
export interface Settings {
  /** Empty: there is nothing to connect to. */
  readonly url: string;
  /** Empty: likewise. */
  readonly key: string;
  readonly pollMs: number;
  context: EvaluationContext | undefined;
  readonly bootstrap: unknown;
  readonly isCounting: boolean;
  /** Undefined: none. */
  readonly hooks: readonly Hook[] | undefined;
  /** Null: none. */
  readonly logger: Logger | null;
  /** Each option with whether it can be used. */
  readonly checked: { readonly [name: string]: unknown };
}

/** Reads whatever `createClient` was given. */
export function readOptions(options: unknown, platform: Pick<Platform, 'isUrl' | 'logger'>): Settings {
  const { url, key, context, bootstrap, telemetry, hooks, logger, pollIntervalMs = DEFAULT_POLL_MS } = membersOf(options);
  const isUrl = typeof url === 'string' && /^https?:\/\/[^\s/?#@]+[^\s?#]*$/.test(url) && platform.isUrl(url);
  const isKey = typeof key === 'string' && /^[!-~]{1,255}$/.test(key);
  const isPoll = typeof pollIntervalMs === 'number' && pollIntervalMs >= SHORTEST_POLL_MS;
  return {
    url: isUrl ? url.replace(/\/+$/, '') : '',
    key: isKey ? key : '',
    pollMs: isPoll ? Math.min(pollIntervalMs, LONGEST_POLL_MS) : DEFAULT_POLL_MS,
    context: isContext(context) ? context : undefined,
    bootstrap,
    isCounting: telemetry !== false,
    hooks: attempt(() => (Array.isArray(hooks) && hooks.length ? [...hooks] : undefined)),
    logger: logger === null || isLogger(logger) ? logger : platform.logger,
    checked: { url: isUrl, key: isKey, pollIntervalMs: isPoll },
  };
}

function isLogger(value: unknown): value is Logger {
  return attempt(() => typeof Object(value).warn) === 'function';
}
