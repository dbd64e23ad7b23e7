import { type AuditedChangeDetails, type ListChangesQuery, listChangesQuery } from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Audit } from './audit.service.js';

/** Who changed what belongs to no project, such as API tokens. */
@Controller('api/v1/changes')
@Requires('admin')
export class InstallationAuditController {
  constructor(private readonly audit: Audit) {}

  @Get()
  list(@Query({ schema: listChangesQuery }) query: ListChangesQuery) {
    return this.audit.list(null, query);
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<AuditedChangeDetails> {
    return this.audit.get(null, id);
  }
}
