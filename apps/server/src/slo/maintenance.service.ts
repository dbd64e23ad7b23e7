import { randomUUID } from 'node:crypto';
import { type CreateMaintenance, LIMITS, type MaintenanceView } from '@ballast/api';
import { checkSilence, DAY, HOUR, MINUTE } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { type AuditEntry, ChangeLedger, type WriteResult } from '../changes/index.js';
import { Clock } from '../clock.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { type MaintenanceRow, MaintenanceStore } from './maintenance.store.js';
import { HISTORY_DAYS } from './objectives-reader.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Declares maintenance and ends it. */
@Injectable()
export class MaintenanceService {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly store: MaintenanceStore,
    private readonly clock: Clock,
  ) {}

  /** What is declared, and what was in the last month. */
  async list(project: string): Promise<{ readonly items: MaintenanceView[] }> {
    const { id } = await this.environments.project(project);
    const rows = await this.store.inProject(id, new Date(this.clock.now() - HISTORY_DAYS * DAY));
    return { items: rows.map(maintenanceView) };
  }

  /** Declares maintenance. */
  async create(project: string, wanted: CreateMaintenance, by: WriteBy): Promise<WriteResult<MaintenanceView>> {
    const { id: projectId } = await this.environments.project(project);
    const { environment = null, flag = null, reason } = wanted;
    const environmentId = environment === null ? null : (await this.environments.environment(project, environment)).id;
    return this.ledger.write({ ...by, reason, projectId, environmentIds: [] }, async ({ tx, at }) => {
      const times = timesOf(wanted, at.getTime());
      const row = {
        id: randomUUID(),
        projectId,
        environmentId,
        environment,
        flag,
        ...times,
        reason,
        createdBy: by.actor.name,
        createdAt: at,
      };
      refuseErrors(row, project, at.getTime());
      const { max } = LIMITS.maintenancePerProject;
      if ((await this.store.countOpen(tx, projectId, at)) >= max) refuse('limit.reached', { limit: 'maintenancePerProject', max });
      await this.store.create(tx, row);
      return { entries: new Map(), audit: [line('maintenance.create', null, row)], result: maintenanceView(row) };
    });
  }

  /** Ends maintenance that goes on, or calls off what has not begun; what is over stays as it was. */
  async end(project: string, id: string, by: WriteBy): Promise<WriteResult<MaintenanceView>> {
    const { id: projectId } = await this.environments.project(project);
    return this.ledger.write({ ...by, projectId, environmentIds: [] }, async ({ tx, at }) => {
      const before =
        (UUID.test(id) ? await this.store.locked(tx, projectId, id) : null) ?? refuse('maintenance.not_found', { maintenance: id });
      if (before.endsAt <= at) return { entries: new Map(), audit: [], result: maintenanceView(before) };
      const endsAt = new Date(Math.min(before.endsAt.getTime(), Math.ceil(at.getTime() / MINUTE) * MINUTE));
      const startsAt = before.startsAt < endsAt ? before.startsAt : endsAt;
      const after = { ...before, startsAt, endsAt };
      await this.store.reschedule(tx, before.id, { startsAt, endsAt });
      return { entries: new Map(), audit: [line('maintenance.end', before, after)], result: maintenanceView(after) };
    });
  }
}

/** Whole minutes around what was asked for, since rows hold whole minutes. */
function timesOf({ from, to }: CreateMaintenance, now: number): { readonly startsAt: Date; readonly endsAt: Date } {
  const startsAt = Math.floor((from === undefined ? now : Date.parse(from)) / MINUTE) * MINUTE;
  return { startsAt: new Date(startsAt), endsAt: new Date(Math.ceil(Date.parse(to) / MINUTE) * MINUTE) };
}

function refuseErrors(row: MaintenanceRow, project: string, now: number): void {
  const { startsAt, endsAt, reason, createdBy, environment, flag } = row;
  const match = { project, ...(environment === null ? {} : { environment }), ...(flag === null ? {} : { flag }) };
  const span = { from: startsAt.getTime(), to: endsAt.getTime() };
  const findings = checkSilence({ ...span, id: row.id, match, kind: 'maintenance', by: createdBy, reason });
  const problems = findings.map(({ path, message }) => ({ path: `/${path}`, message }));
  // Nobody explains yesterday's failures away.
  if (span.from < now - HOUR) problems.push({ path: '/from', message: 'must not lie more than an hour ago' });
  if (span.to <= now) problems.push({ path: '/to', message: 'must lie ahead' });
  if (problems.length > 0) refuse('request.invalid', { problems });
}

function maintenanceView({ id, environment, flag, startsAt, endsAt, reason, createdBy, createdAt }: MaintenanceRow): MaintenanceView {
  const times = { from: startsAt.toISOString(), to: endsAt.toISOString(), createdAt: createdAt.toISOString() };
  return { id, environment, flag, reason, createdBy, ...times };
}

function line(action: string, before: MaintenanceRow | null, after: MaintenanceRow): AuditEntry {
  return {
    ...(after.environmentId === null ? {} : { environmentId: after.environmentId }),
    action,
    resourceKind: 'maintenance',
    resourceKey: after.id,
    before: before && maintenanceView(before),
    after: maintenanceView(after),
  };
}
