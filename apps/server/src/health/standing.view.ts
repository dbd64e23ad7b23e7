import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import type { ActiveAlert, PlaceStanding, Standing } from '../standing-gauges.js';

/** Alerts that have a series of their own, pages first; beyond that there are only numbers. */
const MOST_ALERTS = 500;
const INCIDENT_DAYS = 30;
/** Longer than spikes last. */
const LOAD_MS = 300_000;

/** Reads how the installation stands: what is wrong, in numbers. */
@Injectable()
export class StandingView {
  constructor(private readonly prisma: PrismaService) {}

  /** How everything stands at a moment. */
  async at(now: Date): Promise<Standing> {
    const [places, active, [outbox]] = await Promise.all([this.places(now), this.active(), this.waiting()]);
    return { places, active, messagesWaiting: outbox?.waiting ?? 0 };
  }

  private places(now: Date): Promise<PlaceStanding[]> {
    const watchedSince = new Date(now.getTime() - LOAD_MS);
    const since = new Date(now.getTime() - INCIDENT_DAYS * 86_400_000);
    return this.prisma.$queryRaw<PlaceStanding[]>`
      SELECT p.key AS project, e.key AS environment,
        coalesce(a.pending_pages, 0)::int AS "pendingPages", coalesce(a.pending_tickets, 0)::int AS "pendingTickets",
        coalesce(a.firing_pages, 0)::int AS "firingPages", coalesce(a.firing_tickets, 0)::int AS "firingTickets",
        coalesce(i.open, 0)::int AS "incidentsOpen", coalesce(i.recent, 0)::int AS "incidentsRecent", coalesce(k.flags, 0)::int AS "killedFlags", l.saturation
      FROM environment e JOIN project p ON p.id = e.project_id
      LEFT JOIN (
        SELECT environment_id, count(*) FILTER (WHERE phase = 'pending' AND severity = 'page') AS pending_pages,
          count(*) FILTER (WHERE phase = 'pending' AND severity = 'ticket') AS pending_tickets,
          count(*) FILTER (WHERE phase = 'firing' AND severity = 'page') AS firing_pages,
          count(*) FILTER (WHERE phase = 'firing' AND severity = 'ticket') AS firing_tickets
        FROM alert WHERE phase IN ('pending', 'firing') GROUP BY environment_id) a ON a.environment_id = e.id
      LEFT JOIN (
        SELECT environment_id, count(*) FILTER (WHERE closed_at IS NULL) AS open, count(*) FILTER (WHERE opened_at >= ${since}) AS recent
        FROM incident WHERE closed_at IS NULL OR opened_at >= ${since} GROUP BY environment_id) i ON i.environment_id = e.id
      LEFT JOIN (SELECT environment_id, count(*) AS flags FROM kill GROUP BY environment_id) k ON k.environment_id = e.id
      LEFT JOIN (
        SELECT environment_id, (sum(used_ms) / nullif(sum(watched_ms), 0))::float8 AS saturation
        FROM process_load WHERE slot >= ${watchedSince} GROUP BY environment_id) l ON l.environment_id = e.id`;
  }

  private active(): Promise<ActiveAlert[]> {
    return this.prisma.$queryRaw<ActiveAlert[]>`
      SELECT p.key AS project, e.key AS environment, a.labels ->> 'objective' AS objective, coalesce(a.labels ->> 'kind', 'burn') AS kind, a.severity, a.phase,
        coalesce(a.labels ->> 'owner', '') AS owner, coalesce(a.labels ->> 'flag', '') AS flag,
        coalesce(a.reading #>> '{facts,runbook}', '') AS runbook
      FROM alert a JOIN environment e ON e.id = a.environment_id JOIN project p ON p.id = e.project_id
      WHERE a.phase IN ('pending', 'firing') ORDER BY a.severity, a.phase, a.since, a.key LIMIT ${MOST_ALERTS}`;
  }

  private waiting(): Promise<{ waiting: number }[]> {
    return this.prisma.$queryRaw`SELECT count(*)::int AS waiting FROM alert_delivery WHERE state = 'waiting'`;
  }
}
