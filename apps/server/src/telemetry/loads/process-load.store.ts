import { Injectable } from '@nestjs/common';
import { PrismaService, type Term } from '../../database/index.js';
import type { LoadRow } from './load-book.js';

/** How busy the processes are that report. */
@Injectable()
export class ProcessLoadStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Adds to the minutes. */
  async add(rows: readonly LoadRow[]): Promise<void> {
    await this.prisma.$executeRaw`
      INSERT INTO process_load AS p (environment_id, slot, used_ms, watched_ms, busiest, busiest_instance)
      SELECT "environmentId", to_timestamp(slot / 1000.0), "usedMs", "watchedMs", busiest, "busiestInstance"
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
        AS row ("environmentId" uuid, slot bigint, "usedMs" bigint, "watchedMs" bigint, busiest smallint, "busiestInstance" text)
      ON CONFLICT (environment_id, slot) DO UPDATE SET
        used_ms = p.used_ms + excluded.used_ms,
        watched_ms = p.watched_ms + excluded.watched_ms,
        busiest_instance = CASE WHEN excluded.busiest > p.busiest THEN excluded.busiest_instance ELSE p.busiest_instance END,
        busiest = greatest(p.busiest, excluded.busiest)`;
  }

  /** Forgets minutes of before a moment, some at a time; answers whether there may be more. */
  prune(before: Date, most: number, term: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      const pruned = await tx.$executeRaw`
        DELETE FROM process_load WHERE ctid IN (SELECT ctid FROM process_load WHERE slot < ${before} LIMIT ${most}::int)`;
      return pruned === most;
    });
  }
}
