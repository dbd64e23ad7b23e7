import type { Settings } from '../settings/index.js';

/** Where the database is. By the time rooms are built, main has started the embedded one or been given another. */
export function databaseUrlOf(settings: Settings): string {
  if (settings.databaseUrl === null)
    throw new Error('No database: the embedded PostgreSQL must be started before the application is built.');
  return settings.databaseUrl;
}
