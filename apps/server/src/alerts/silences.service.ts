import { randomUUID } from 'node:crypto';
import { type CreateSilence, LIMITS, type SilenceView } from '@ballast/api';
import { checkSilence } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { WriteBy } from '../access/index.js';
import type { AuditEntry, WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { matchView } from './channel-views.js';
import { ProjectLedger } from './project-ledger.js';
import { type SilenceRecord, SilencesStore } from './silences.store.js';

const uuid = z.uuid();

/** Silences: for a while, matching alerts tell nobody. */
@Injectable()
export class SilencesService {
  constructor(
    private readonly ledger: ProjectLedger,
    private readonly store: SilencesStore,
  ) {}

  /** Silences that are not over. */
  async list(project: string): Promise<{ readonly items: readonly SilenceView[] }> {
    const projectId = await this.ledger.projectId(project);
    return { items: (await this.store.list(projectId, new Date(this.ledger.now()))).map(silenceView) };
  }

  create(project: string, wanted: CreateSilence, by: WriteBy): Promise<WriteResult<SilenceView>> {
    return this.ledger.write(project, { ...by, reason: wanted.reason }, async ({ tx, at, projectId }) => {
      const { match, reason, from, to } = wanted;
      const startsAt = from === undefined ? at : new Date(from);
      const record = {
        id: randomUUID(),
        projectId,
        match,
        startsAt,
        endsAt: new Date(to),
        reason,
        createdBy: by.actor.name,
        createdAt: at,
      };
      refuseErrors(record, at.getTime());
      const { max } = LIMITS.silencesPerProject;
      if ((await this.store.count(tx, projectId, at)) >= max) refuse('limit.reached', { limit: 'silencesPerProject', max });
      await this.store.create(tx, record);
      return { audit: [line('silence.create', null, record)], result: silenceView(record) };
    });
  }

  /** Ends a silence now, or calls off one that has not begun. */
  end(project: string, id: string, by: WriteBy): Promise<WriteResult<SilenceView>> {
    return this.ledger.write(project, by, async ({ tx, at, projectId }) => {
      const found = uuid.safeParse(id).success ? await this.store.locked(tx, projectId, id) : null;
      const before = found ?? refuse('silence.not_found', { silence: id });
      if (before.endsAt <= at) return { audit: [], result: silenceView(before) };
      const after = { ...before, startsAt: before.startsAt < at ? before.startsAt : at, endsAt: at };
      await this.store.reschedule(tx, after);
      return { audit: [line('silence.end', before, after)], result: silenceView(after) };
    });
  }
}

function refuseErrors({ id, match, startsAt, endsAt, reason, createdBy }: SilenceRecord, now: number): void {
  const silence = { id, kind: 'silence', match, from: startsAt.getTime(), to: endsAt.getTime(), reason, by: createdBy } as const;
  const problems = checkSilence(silence).map(({ path, message }) => ({ path: `/${path}`, message }));
  if (endsAt.getTime() <= now) problems.push({ path: '/to', message: 'is in the past' });
  if (problems.length > 0) refuse('silence.invalid', { problems });
}

function silenceView({ id, match, startsAt, endsAt, reason, createdBy, createdAt }: SilenceRecord): SilenceView {
  const times = { from: startsAt.toISOString(), to: endsAt.toISOString(), createdAt: createdAt.toISOString() };
  return { id, match: matchView(match), ...times, reason, createdBy };
}

function line(action: string, before: SilenceRecord | null, after: SilenceRecord): AuditEntry {
  return { action, resourceKind: 'silence', resourceKey: after.id, before: before && silenceView(before), after: silenceView(after) };
}
