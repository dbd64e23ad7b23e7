export { ADVISORY_LOCKS, withAdvisoryLock } from './advisory-lock.js';
export { DatabaseModule } from './database.module.js';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.js';
export { Leader } from './leader.js';
export { Listener } from './listener.js';
export { migrate } from './migrate.js';
export { PrismaService } from './prisma.service.js';
export type { Term } from './term.js';
export type { Transaction } from './transaction.js';
