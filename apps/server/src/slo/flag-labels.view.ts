import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import { type FlagLabels, flagsShown } from '../flag-counters.js';
import type { CountedPlace } from '../flag-series.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { servicesOf } from './objective.types.js';

interface LabelRow {
  readonly environmentId: string;
  readonly environment: string;
  readonly project: string;
  readonly flag: string;
  readonly tags: readonly string[];
}

/** Finds what metrics call flags: the keys of their places, and their service. */
@Injectable()
export class FlagLabelsView implements OnModuleInit, OnModuleDestroy {
  private stop: () => void = () => undefined;

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.stop = flagsShown({ find: (flags) => this.labels(flags), mostVariants: this.settings.metricsVariants });
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private async labels(flags: readonly CountedPlace[]): Promise<(environmentId: string, flag: string) => FlagLabels | undefined> {
    const rows = await this.prisma.$queryRaw<LabelRow[]>`
      SELECT e.id AS "environmentId", e.key AS environment, p.key AS project, f.key AS flag, f.tags
      FROM unnest(${flags.map(({ environmentId }) => environmentId)}::uuid[], ${flags.map(({ flag }) => flag)}::text[]) AS each (environment_id, key)
      JOIN environment e ON e.id = each.environment_id JOIN project p ON p.id = e.project_id
      JOIN flag f ON f.project_id = p.id AND f.key = each.key`;
    const found = new Map(rows.map((row) => [`${row.environmentId} ${row.flag}`, row]));
    return (environmentId, flag) => {
      const row = found.get(`${environmentId} ${flag}`);
      if (row === undefined) return undefined;
      const [service = ''] = servicesOf(row.tags);
      return { project: row.project, environment: row.environment, service };
    };
  }
}
