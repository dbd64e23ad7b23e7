import { type AuditedChangeDetails, decodeCursor, encodeCursor, type ListChangesQuery, listChangesQuery } from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { AuditView } from './audit.view.js';

/** An id as the database can hold it. */
const ID = /^\d{1,18}$/;

/** Who changed what, when and why. */
@Controller('api/v1/projects/:project/changes')
@Requires('read')
export class AuditController {
  constructor(
    private readonly environments: Environments,
    private readonly view: AuditView,
  ) {}

  @Get()
  async list(@Param('project') projectKey: string, @Query({ schema: listChangesQuery }) query: ListChangesQuery) {
    const { limit, cursor, ...filters } = query;
    const project = await this.environments.project(projectKey);
    const found = await this.view.list({ projectId: project.id, filters, limit, before: placeOf(cursor) });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? encodeCursor([last.id]) : null };
  }

  @Get(':id')
  async get(@Param('project') projectKey: string, @Param('id') id: string): Promise<AuditedChangeDetails> {
    const project = await this.environments.project(projectKey);
    const found = ID.test(id) ? await this.view.find(project.id, BigInt(id)) : null;
    return found ?? refuse('change.not_found', { change: id });
  }
}

function placeOf(cursor: string | undefined): bigint | null {
  if (cursor === undefined) return null;
  const [id] = decodeCursor(cursor) ?? [];
  if (typeof id === 'string' && ID.test(id)) return BigInt(id);
  return refuse('request.invalid', { problems: [{ path: '/cursor', message: 'is no cursor of this list' }] });
}
