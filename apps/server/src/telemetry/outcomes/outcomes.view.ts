import type { TrackedEvent } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../database/index.js';

/** More series are not listed. */
const MAX_SERIES = 1_000;

/** Which outcomes: of one flag in one environment, from one moment to another. */
export interface OutcomeRange {
  readonly environmentId: string;
  readonly flag: string;
  readonly from: Date;
  readonly to: Date;
}

/** Sums of outcomes. */
@Injectable()
export class OutcomesView {
  constructor(private readonly prisma: PrismaService) {}

  /** Events per variant, version and stage, the most frequent first. */
  events({ environmentId, flag, from, to }: OutcomeRange): Promise<TrackedEvent[]> {
    return this.prisma.$queryRaw<TrackedEvent[]>`
      SELECT event, nullif(variant, '') AS variant, version::float8 AS version, nullif(stage, '') AS stage,
        sum(count)::float8 AS count, sum(sum)::float8 AS sum
      FROM outcome
      WHERE environment_id = ${environmentId}::uuid AND flag = ${flag} AND slot >= ${from} AND slot < ${to}
      GROUP BY event, outcome.variant, outcome.version, outcome.stage
      ORDER BY sum(count) DESC, event, outcome.variant, outcome.version DESC, outcome.stage LIMIT ${MAX_SERIES}`;
  }
}
