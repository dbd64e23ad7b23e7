import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Leader, PrismaService, type Term } from '../database/index.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { pruneChanges } from './changes.store.js';

const PERIOD_MS = 600_000;
/** Rows in one transaction: writers of an environment are not held up by it. */
const ROWS_AT_ONCE = 5_000;

/** Forgets the beginning of each environment's log: who is further behind than it reaches is given a snapshot. The audit is kept. */
@Injectable()
export class LogRetention implements OnModuleInit {
  constructor(
    private readonly prisma: PrismaService,
    private readonly leader: Leader,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.prune(term));
  }

  /** Removes what is neither young nor among the last revisions, as long as the term lasts if there is one. */
  async prune(term?: Term): Promise<void> {
    const { changeLogDays: days, changeLogRevisions: revisions } = this.settings;
    const some = () =>
      this.prisma.$transaction(async (tx) => {
        await term?.fence(tx);
        return pruneChanges(tx, { days, revisions, most: ROWS_AT_ONCE });
      });
    while ((await some()) === ROWS_AT_ONCE);
  }
}
