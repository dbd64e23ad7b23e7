import { once } from 'node:events';
import { createServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { type AppOptions, createApp } from './app.js';
import { type EmbeddedPostgres, migrate, startEmbeddedPostgres } from './database/index.js';
import { type Credentials, seed } from './seed.js';
import type { Settings } from './settings/index.js';
import { StartupError } from './startup-error.js';

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The log of a server, and what it may have otherwise than usual. */
export type StartOptions = Pick<AppOptions, 'clock'> & { readonly log: Logger };

/** Starts everything in order: database, migrations, first data, HTTP. What has been started is stopped again if a later part fails. */
export async function startServer(
  settings: Settings,
  options: StartOptions,
): Promise<RunningServer & { readonly credentials: Credentials }> {
  await refuseUsedPort(settings);
  const { databaseUrl, postgres } = await openDatabase(settings);
  try {
    const ready = { ...settings, databaseUrl };
    const applied = await migrate(databaseUrl);
    if (applied.length > 0) options.log.info({ applied }, 'database migrated');
    const app = await createApp(ready, options);
    const { url, credentials } = await serve(app, ready);
    return { url, credentials, stop: () => stopAll(app, postgres) };
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

async function openDatabase({ databaseUrl, dataDir }: Settings): Promise<{ databaseUrl: string; postgres: EmbeddedPostgres | null }> {
  if (databaseUrl !== null) return { databaseUrl, postgres: null };
  const postgres = await startEmbeddedPostgres({ dataDir });
  return { databaseUrl: postgres.url, postgres };
}

async function serve(
  app: NestFastifyApplication,
  settings: Settings & { readonly databaseUrl: string },
): Promise<{ url: string; credentials: Credentials }> {
  try {
    const credentials = await seed(app, settings);
    await listen(app, settings);
    return { url: settings.publicUrl ?? (await app.getUrl()), credentials };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: NestFastifyApplication, { host, port }: Settings): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw explained(error, host, port);
  }
}

/** Found out before a database is started for nothing. */
async function refuseUsedPort({ host, port }: Settings): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
  } catch (error) {
    throw explained(error, host, port);
  } finally {
    probe.close();
  }
}

function explained(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return new StartupError(`Port ${port} on ${host} is in use; stop what uses it or set PORT.`, { cause: error });
  const isAddress = ['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code);
  return isAddress
    ? new StartupError(`The server cannot listen on ${host}:${port} (${code}); set HOST and PORT.`, { cause: error })
    : error;
}

async function stopAll(app: NestFastifyApplication, postgres: EmbeddedPostgres | null): Promise<void> {
  try {
    await app.close();
  } finally {
    await postgres?.stop();
  }
}
