import { resolve } from 'node:path';
import { z } from 'zod';
import { problemsOf } from './problems.js';

/** Levels of the server's own log, quietest last. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What OFREP answers may carry as metadata. */
export const OFREP_METADATA = ['full', 'flag-only'] as const;

/** Everything a process of the server is told from outside, read once and checked. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** What people and clients call this server by; null: derived from host and port. */
  readonly publicUrl: string | null;
  /** Addresses or networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Origins that browsers may call the SDK doors from; `*` allows every origin. */
  readonly allowedOrigins: readonly string[];
  /** null: the embedded PostgreSQL is started. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** Days that the change log reaches back at least. */
  readonly changeLogDays: number;
  /** Revisions of each environment that the change log reaches back at least. */
  readonly changeLogRevisions: number;
  /** Series that the counters of one flag make in an hour before more share one. */
  readonly seriesPerFlag: number;
  /** Variants of flags that have series of their own on `/metrics`. */
  readonly metricsVariants: number;
  readonly adminToken: string | null;
  readonly serverKey: string | null;
  readonly clientKey: string | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** What OFREP answers carry as metadata: set and version beside the flag's own, or the flag's own alone. */
  readonly ofrepMetadata: (typeof OFREP_METADATA)[number];
  /** Prometheus or a server that answers like it, for objectives whose numbers are there; null: none. */
  readonly prometheusUrl: string | null;
  /** Whether alerts may be sent to addresses that are no part of the public internet. */
  readonly allowInternalWebhooks: boolean;
  /** The mail server that sends alerts, with its credentials; null: there is no e-mail. */
  readonly smtpUrl: string | null;
  /** Whom e-mails are from. */
  readonly mailFrom: string;
}

/** All that is wrong with the environment variables, together. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const secret = z
  .string()
  .min(16, 'must have at least 16 characters')
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .nullable();

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const origin = z.union(
  [z.literal('*'), httpUrl.refine((url) => new URL(url).origin === url, 'must be an origin such as https://shop.example')],
  {
    error: 'must be * or origins such as https://shop.example, separated by commas',
  },
);
const proxy = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(['loopback', 'linklocal', 'uniquelocal'])], {
  error: 'must be addresses, networks (10.0.0.0/8) or loopback, linklocal, uniquelocal, separated by commas',
});

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number')
    .default(4400),
  PUBLIC_URL: httpUrl
    .transform((url) => url.replace(/\/+$/, ''))
    .nullable()
    .default(null),
  TRUSTED_PROXIES: list.pipe(z.array(proxy)).default([]),
  ALLOWED_ORIGINS: list.pipe(z.array(origin)).default([]),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' })
    .nullable()
    .default(null),
  BALLAST_DATA_DIR: z.string().default('.ballast'),
  BALLAST_CHANGE_LOG_DAYS: wholeNumber(1, 3_650).default(7),
  BALLAST_CHANGE_LOG_REVISIONS: wholeNumber(1, 1_000_000).default(1_000),
  BALLAST_SERIES_PER_FLAG: wholeNumber(10, 10_000).default(500),
  BALLAST_METRICS_VARIANTS: wholeNumber(0, 100_000).default(1_000),
  BALLAST_ADMIN_TOKEN: secret.default(null),
  BALLAST_SERVER_KEY: secret.default(null),
  BALLAST_CLIENT_KEY: secret.default(null),
  BALLAST_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  BALLAST_ALLOW_INTERNAL_WEBHOOKS: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .default(false),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' })
    .nullable()
    .default(null),
  BALLAST_MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^[^\r\n]+$/, 'must be one line')
    .default('Ballast <ballast@localhost>'),
  PROMETHEUS_URL: httpUrl.nullable().default(null),
  BALLAST_OFREP_METADATA: z.enum(OFREP_METADATA, { error: `must be one of ${OFREP_METADATA.join(', ')}` }).default('full'),
});

const fixedSecrets = ['BALLAST_ADMIN_TOKEN', 'BALLAST_SERVER_KEY', 'BALLAST_CLIENT_KEY'] as const;

const checked = variables.superRefine((values, context) => {
  const given = fixedSecrets.filter((name) => values[name] !== null);
  for (const name of given) {
    const twin = given.find((other) => other !== name && values[other] === values[name]);
    if (twin !== undefined) context.addIssue({ code: 'custom', path: [name], message: `must differ from ${twin}` });
  }
});

/** Reads the settings from environment variables (an empty variable counts as unset) or throws every problem at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>, folder = '.'): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = checked.safeParse(given);
  if (!parsed.success) throw new SettingsError(problemsOf(parsed.error));
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    trustedProxies: values.TRUSTED_PROXIES,
    allowedOrigins: values.ALLOWED_ORIGINS,
    databaseUrl: values.DATABASE_URL,
    dataDir: resolve(folder, values.BALLAST_DATA_DIR),
    changeLogDays: values.BALLAST_CHANGE_LOG_DAYS,
    changeLogRevisions: values.BALLAST_CHANGE_LOG_REVISIONS,
    seriesPerFlag: values.BALLAST_SERIES_PER_FLAG,
    metricsVariants: values.BALLAST_METRICS_VARIANTS,
    adminToken: values.BALLAST_ADMIN_TOKEN,
    serverKey: values.BALLAST_SERVER_KEY,
    clientKey: values.BALLAST_CLIENT_KEY,
    logLevel: values.BALLAST_LOG_LEVEL,
    ofrepMetadata: values.BALLAST_OFREP_METADATA,
    prometheusUrl: values.PROMETHEUS_URL,
    allowInternalWebhooks: values.BALLAST_ALLOW_INTERNAL_WEBHOOKS,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.BALLAST_MAIL_FROM,
  };
}
