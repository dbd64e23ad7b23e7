import { type CreateMaintenance, createMaintenance, jsonBody } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { MaintenanceService } from './maintenance.service.js';

/** Declared maintenance of a project. */
@Controller('api/v1/projects/:project/maintenance')
export class MaintenanceController {
  constructor(private readonly service: MaintenanceService) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string) {
    return this.service.list(project);
  }

  @Post()
  @Requires('write')
  async create(
    @Param('project') project: string,
    @Body({ schema: jsonBody(createMaintenance) }) body: CreateMaintenance,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.service.create(project, body, by);
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/maintenance/${write.result.id}`);
    return answer(write, by.dryRun);
  }

  @Delete(':id')
  @Requires('write')
  async end(@Param('project') project: string, @Param('id') id: string, @Write() by: WriteBy) {
    return answer(await this.service.end(project, id, by), by.dryRun);
  }
}
