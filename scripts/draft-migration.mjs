import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { schemaEngine } from './schema-engine.mjs';

const schemaFolder = fileURLToPath(new URL('../prisma/schema/', import.meta.url));

/** The SQL that builds the Prisma schema in an empty database: a draft to edit by hand, and what the drift test compares with. The engine wants a live database to ask its version; it changes nothing there. */
export async function draftMigration(databaseUrl) {
  const names = (await readdir(schemaFolder)).filter((name) => name.endsWith('.prisma')).sort();
  const files = await Promise.all(names.map(async (path) => ({ path, content: await readFile(join(schemaFolder, path), 'utf8') })));
  const SchemaEngine = await schemaEngine();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl, allowExitOnIdle: true }));
  const engine = await SchemaEngine.new({ datamodels: files.map(({ path, content }) => [path, content]) }, () => undefined, adapter);
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files, configDir: schemaFolder },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await draftMigration(process.argv[2]));
