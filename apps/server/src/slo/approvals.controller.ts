import { type CreateApproval, createApproval, jsonBody } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { Clock } from '../clock.js';
import type { ConfigPlace } from '../flags/index.js';
import { ApprovalsService } from './approvals.service.js';

/** Approvals of changes of a flag in an environment. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment/approvals')
export class ApprovalsController {
  constructor(
    private readonly service: ApprovalsService,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('read')
  list(@Param() place: ConfigPlace) {
    return this.service.list(place, this.clock.now());
  }

  @Post()
  @Requires('approve')
  async create(
    @Param() place: ConfigPlace,
    @Body({ schema: jsonBody(createApproval) }) body: CreateApproval,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.service.create(place, body, by);
    if (!by.dryRun) reply.header('Location', locationOf(place, write.result.id));
    return answer(write, by.dryRun);
  }

  @Delete(':id')
  @Requires('approve')
  async withdraw(@Param() place: ConfigPlace, @Param('id') id: string, @Write() by: WriteBy) {
    return answer(await this.service.withdraw(place, id, by), by.dryRun);
  }
}

function locationOf({ project, flag, environment }: ConfigPlace, id: string): string {
  return `/api/v1/projects/${project}/flags/${encodeURIComponent(flag)}/environments/${environment}/approvals/${id}`;
}
