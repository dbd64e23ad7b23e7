import { defineConfig } from 'prisma/config';

// Prisma looks for a native schema engine and would download one; any executable satisfies the look-up, and nothing here calls it.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
