import { acknowledgeAlert, jsonBody, type ListAlertsQuery, listAlertsQuery } from '@ballast/api';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { AlertsService } from './alerts.service.js';

const body = jsonBody(acknowledgeAlert.optional());

/** Alerts of a project. */
@Controller('api/v1/projects/:project/alerts')
export class AlertsController {
  constructor(private readonly alerts: AlertsService) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string, @Query({ schema: listAlertsQuery }) query: ListAlertsQuery) {
    return this.alerts.list(project, query);
  }

  @Post(':key/acknowledge')
  @HttpCode(200)
  @Requires('write')
  async acknowledge(
    @Param('project') project: string,
    @Param('key') key: string,
    @Body({ schema: body }) given: z.infer<typeof body>,
    @Write() by: WriteBy,
  ) {
    return answer(await this.alerts.acknowledge(project, key, { ...by, reason: given?.reason ?? by.reason }), by.dryRun);
  }
}
