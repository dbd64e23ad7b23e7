import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../generated/prisma/client.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { databaseUrlOf } from './database-url.js';

const POOL = {
  max: 10,
  connectionTimeoutMillis: 5_000,
  idleTimeoutMillis: 60_000,
  statement_timeout: 15_000,
  idle_in_transaction_session_timeout: 30_000,
  application_name: 'ballast',
};

/** The pool of connections and Prisma's typed client over it; for stores and views only. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(@Inject(SETTINGS) settings: Settings) {
    super({ adapter: new PrismaPg({ connectionString: databaseUrlOf(settings), ...POOL }, { onPoolError: () => undefined }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
