import { Injectable } from '@nestjs/common';
import { PrismaService, type Term, type Transaction } from '../database/index.js';
import type { Listening } from './address.js';
import type { AlertRecord } from './alert.types.js';

/** An alert that fires and was told of, and an Alertmanager of its project. */
export interface ToldAlert {
  readonly channel: Listening;
  readonly alert: AlertRecord;
}

/** When a channel was told again of a group. */
export interface Repeated {
  readonly channelId: string;
  readonly group: string;
  readonly at: Date;
}

/** Finds what has to be told again. */
@Injectable()
export class RepeatsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Does something in one transaction of whoever leads. */
  async during(term: Term, work: (tx: Transaction) => Promise<void>): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      await work(tx);
    });
  }

  /** Alerts that receivers believe to fire, with each Alertmanager that may know of them, locked: none of them ends before it is told again. */
  async told(tx: Transaction): Promise<readonly ToldAlert[]> {
    const rows = await tx.$queryRaw<(AlertRecord & { readonly channel: Listening })[]>`
      SELECT a.key, a.project_id AS "projectId", a.environment_id AS "environmentId", a.objective_id AS "objectiveId", a.labels, a.memory,
        a.reading, a.evaluated_at AS "evaluatedAt", a.version, a.reached,
        jsonb_build_object('id', c.id, 'kind', c.kind, 'level', c.level, 'match', c.match) AS channel
      FROM alert a JOIN alert_channel c ON c.project_id = a.project_id AND c.kind = 'alertmanager' AND c.disabled_at IS NULL
      WHERE a.phase = 'firing' AND a.memory->>'told' = 'firing' ORDER BY a.key, c.id FOR UPDATE OF a`;
    return rows.map(({ channel, ...alert }) => ({ channel, alert }));
  }

  /** When these channels were last told again, group by group. */
  repeats(tx: Transaction, channelIds: readonly string[]): Promise<Repeated[]> {
    return tx.$queryRaw<Repeated[]>`
      SELECT channel_id AS "channelId", "group", max(created_at) AS at FROM alert_delivery
      WHERE channel_id = ANY(${channelIds}::uuid[]) AND message->>'type' = 'alert.repeated' GROUP BY channel_id, "group"`;
  }
}
