import { type AuditedChangeDetails, type ListChangesQuery, listChangesQuery } from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Environments } from '../environments/index.js';
import { Audit } from './audit.service.js';

/** Who changed what in a project, when and why. */
@Controller('api/v1/projects/:project/changes')
@Requires('read')
export class AuditController {
  constructor(
    private readonly environments: Environments,
    private readonly audit: Audit,
  ) {}

  @Get()
  async list(@Param('project') projectKey: string, @Query({ schema: listChangesQuery }) query: ListChangesQuery) {
    const project = await this.environments.project(projectKey);
    return this.audit.list(project.id, query);
  }

  @Get(':id')
  async get(@Param('project') projectKey: string, @Param('id') id: string): Promise<AuditedChangeDetails> {
    const project = await this.environments.project(projectKey);
    return this.audit.get(project.id, id);
  }
}
