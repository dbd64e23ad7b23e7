import { acknowledgeAlert, jsonBody, type ListIncidentsQuery, listIncidentsQuery } from '@ballast/api';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { IncidentsService } from './incidents.service.js';

const body = jsonBody(acknowledgeAlert.optional());

/** Incidents of a project. */
@Controller('api/v1/projects/:project/incidents')
export class IncidentsController {
  constructor(private readonly incidents: IncidentsService) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string, @Query({ schema: listIncidentsQuery }) query: ListIncidentsQuery) {
    return this.incidents.list(project, query);
  }

  @Post(':id/close')
  @HttpCode(200)
  @Requires('write')
  async close(
    @Param('project') project: string,
    @Param('id') id: string,
    @Body({ schema: body }) given: z.infer<typeof body>,
    @Write() by: WriteBy,
  ) {
    return answer(await this.incidents.close(project, id, { ...by, reason: given?.reason ?? by.reason }), by.dryRun);
  }
}
