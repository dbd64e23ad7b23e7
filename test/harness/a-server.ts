import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AppOptions, createApp } from '../../apps/server/src/app.js';
import { serverLog } from '../../apps/server/src/log.js';
import { seed } from '../../apps/server/src/seed.js';
import type { Settings } from '../../apps/server/src/settings/index.js';
import { aDatabase, type TestDatabase } from './a-database.js';

/** Fixed secrets of every test server. */
export const SECRETS = {
  adminToken: 'admin-token-of-the-tests',
  serverKey: 'server-key-of-the-tests',
  clientKey: 'client-key-of-the-tests',
} as const;

/** A whole server in this process, on a port and a database of its own, seeded like a first start. */
export interface TestServer {
  readonly url: string;
  readonly adminToken: string;
  /** Keys of `default/development`. */
  readonly serverKey: string;
  readonly clientKey: string;
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly settings: Settings;
  stop(): Promise<void>;
}

/** What a test may have otherwise: settings, the application's options, or the database of another server. */
export interface ServerOverrides {
  readonly settings?: Partial<Settings>;
  readonly options?: AppOptions;
  readonly database?: TestDatabase;
}

/** Starts a server; stopping it drops its database, unless that was given. */
export async function aServer({ settings: given = {}, options = {}, database: shared }: ServerOverrides = {}): Promise<TestServer> {
  const database = shared ?? (await aDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'ballast-test-'));
  const settings = { ...settingsOf(dataDir), ...given, databaseUrl: database.url };
  const app = await createApp(settings, { log: serverLog(settings.logLevel), ...options });
  await seed(app, settings);
  await app.listen(settings.port, settings.host);
  return {
    url: await app.getUrl(),
    ...SECRETS,
    app,
    database,
    settings,
    stop: async () => {
      await app.close();
      if (shared === undefined) await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function settingsOf(dataDir: string): Settings {
  return {
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    trustedProxies: [],
    allowedOrigins: [],
    databaseUrl: null,
    changeLogDays: 7,
    changeLogRevisions: 1_000,
    seriesPerFlag: 500,
    metricsVariants: 1_000,
    dataDir,
    ...SECRETS,
    logLevel: 'fatal',
    ofrepMetadata: 'full',
    prometheusUrl: null,
    allowInternalWebhooks: true,
    smtpUrl: null,
    mailFrom: 'Ballast <ballast@shop.example>',
  };
}
