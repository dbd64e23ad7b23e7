import { type ListDeliveriesQuery, listDeliveriesQuery } from '@ballast/api';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { ChannelTests, DeliveriesService } from './deliveries.service.js';

/** What was sent to the channels of a project. */
@Controller('api/v1/projects/:project')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly tests: ChannelTests,
  ) {}

  @Get('deliveries')
  @Requires('read')
  list(@Param('project') project: string, @Query({ schema: listDeliveriesQuery }) query: ListDeliveriesQuery) {
    return this.deliveries.list(project, query);
  }

  @Post('deliveries/:id/replay')
  @HttpCode(200)
  @Requires('write')
  async replay(@Param('project') project: string, @Param('id') id: string, @Write() by: WriteBy) {
    return answer(await this.deliveries.replay(project, id, by), by.dryRun);
  }

  @Post('channels/:channel/test')
  @HttpCode(200)
  @Requires('write')
  async test(@Param('project') project: string, @Param('channel') name: string, @Write() by: WriteBy) {
    return answer(await this.tests.send(project, name, by), by.dryRun);
  }
}
