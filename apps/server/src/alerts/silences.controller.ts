import { type CreateSilence, createSilence } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { SilencesService } from './silences.service.js';

/** Silences of a project. */
@Controller('api/v1/projects/:project/silences')
export class SilencesController {
  constructor(private readonly silences: SilencesService) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string) {
    return this.silences.list(project);
  }

  @Post()
  @Requires('write')
  async create(
    @Param('project') project: string,
    @Body({ schema: createSilence }) body: CreateSilence,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.silences.create(project, body, by);
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/silences/${write.result.id}`);
    return answer(write, by.dryRun);
  }

  @Delete(':id')
  @Requires('write')
  async end(@Param('project') project: string, @Param('id') id: string, @Write() by: WriteBy) {
    return answer(await this.silences.end(project, id, by), by.dryRun);
  }
}
