import { randomUUID } from 'node:crypto';
import { decodeCursor, encodeCursor, type IncidentView, type ListIncidentsQuery } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { WriteBy } from '../access/index.js';
import type { AuditEntry, WriteResult } from '../changes/index.js';
import type { Transaction } from '../database/index.js';
import { refuse } from '../errors.js';
import { type IncidentRecord, IncidentsStore } from './incidents.store.js';
import { ProjectLedger, type QuietWork } from './project-ledger.js';

const uuid = z.uuid();
const place = z.tuple([z.number(), uuid]);

/** What an incident is opened with. */
export type NewIncident = Omit<IncidentRecord, 'id' | 'closedAt' | 'closedBy'>;

/** Opens incidents and closes them. */
@Injectable()
export class IncidentsService {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly store: IncidentsStore,
  ) {}

  async list(project: string, { limit, cursor, state }: ListIncidentsQuery) {
    const projectId = await this.ledger.projectId(project);
    const isOpen = state === undefined ? null : state === 'open';
    const rows = await this.store.list({ projectId, isOpen, limit, before: placeOf(cursor) });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last ? encodeCursor([last.openedAt.getTime(), last.id]) : null;
    return { items: shown.map(incidentView), nextCursor };
  }

  /** Closes an incident; one that is closed stays as it was. */
  close(project: string, id: string, by: WriteBy): Promise<WriteResult<IncidentView>> {
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const found = uuid.safeParse(id).success ? await this.store.locked(tx, projectId, id) : null;
      const before = found ?? refuse('incident.not_found', { incident: id });
      return before.closedAt === null ? this.end(tx, before, { by: by.actor.name, at }) : { audit: [], result: incidentView(before) };
    });
  }

  /** Opens an incident in a transaction of the ledger. */
  async open(tx: Transaction, wanted: NewIncident): Promise<QuietWork<IncidentView>> {
    const record = { ...wanted, id: randomUUID(), closedAt: null, closedBy: null };
    await this.store.create(tx, record);
    return { audit: [line('incident.open', null, record)], result: incidentView(record) };
  }

  /** Closes what an alert opened through a trigger, in a transaction of the ledger. */
  async closeOpened(
    tx: Transaction,
    opened: { readonly triggerId: string; readonly identity: string },
    end: End,
  ): Promise<readonly AuditEntry[]> {
    const lines: AuditEntry[] = [];
    for (const incident of await this.store.openedBy(tx, opened.triggerId, opened.identity))
      lines.push(...(await this.end(tx, incident, end)).audit);
    return lines;
  }

  private async end(tx: Transaction, before: IncidentRecord, { by, at }: End): Promise<QuietWork<IncidentView>> {
    const after = { ...before, closedAt: at, closedBy: by };
    await this.store.close(tx, after);
    return { audit: [line('incident.close', before, after)], result: incidentView(after) };
  }
}

/** Who closes an incident, and when. */
interface End {
  readonly by: string;
  readonly at: Date;
}

function incidentView({ id, environment, flag, title, openedBy, openedAt, closedBy, closedAt }: IncidentRecord): IncidentView {
  return { id, environment, flag, title, openedBy, openedAt: openedAt.toISOString(), closedBy, closedAt: closedAt?.toISOString() ?? null };
}

function line(action: string, before: IncidentRecord | null, after: IncidentRecord): AuditEntry {
  const { environmentId, id } = after;
  return {
    environmentId,
    action,
    resourceKind: 'incident',
    resourceKey: id,
    before: before && incidentView(before),
    after: incidentView(after),
  };
}

function placeOf(cursor: string | undefined): { readonly at: Date; readonly id: string } | null {
  if (cursor === undefined) return null;
  const { data } = place.safeParse(decodeCursor(cursor));
  if (data === undefined || !(Math.abs(data[0]) < 8e15))
    return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
  return { at: new Date(data[0]), id: data[1] };
}
