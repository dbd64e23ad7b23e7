import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock, SystemClock } from '../clock.js';
import { clockMeasured } from '../events.js';
import { PrismaService } from './prisma.service.js';

const PERIOD_MS = 10_000;
/** A question that took longer says too little about the moment of its answer, unless the clocks are further apart than it took. */
const SLOW_MS = 500;

/** Holds the clock of this server to that of the database, so that servers never disagree by more than a second. */
@Injectable()
export class ClockWatch implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ClockWatch.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly prisma: PrismaService,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), PERIOD_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { clock } = this;
    if (!(clock instanceof SystemClock)) return;
    try {
      const asked = clock.machine();
      const [row] = await this.prisma.$queryRaw<{ now: number }[]>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
      const answered = clock.machine();
      if (row === undefined) return;
      const aheadMs = row.now - (asked + answered) / 2;
      if (answered - asked > Math.max(SLOW_MS, Math.abs(aheadMs))) return;
      clockMeasured(-aheadMs / 1_000);
      if (clock.follow(aheadMs))
        this.logger.warn(`the clock of this machine is off by ${-Math.round(aheadMs)} ms; the one of the database counts`);
    } catch (error) {
      this.logger.debug(`could not compare clocks: ${String(error)}`);
    }
  }
}
