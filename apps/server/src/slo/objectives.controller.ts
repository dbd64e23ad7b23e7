import {
  type CreateObjective,
  createObjective,
  jsonBody,
  type ListObjectivesQuery,
  listObjectivesQuery,
  type ObjectiveHistory,
  type ObjectiveHistoryQuery,
  type ObjectiveView,
  objectiveHistoryQuery,
  type PatchObjective,
  type PutObjective,
  patchObjective,
  putObjective,
} from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer, type ExpectedVersions, IfMatch } from '../changes/index.js';
import { VersionTag } from '../segments/index.js';
import { type ObjectivePlace, ObjectivesService } from './objectives.service.js';
import { ObjectivesReader } from './objectives-reader.js';

/** Objectives of a project. */
@Controller('api/v1/projects/:project/objectives')
@UseInterceptors(VersionTag)
export class ObjectivesController {
  constructor(
    private readonly service: ObjectivesService,
    private readonly reader: ObjectivesReader,
  ) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string, @Query({ schema: listObjectivesQuery }) query: ListObjectivesQuery) {
    return this.reader.list(project, query);
  }

  @Get(':objective')
  @Requires('read')
  async get(@Param() place: ObjectivePlace): Promise<ObjectiveView> {
    return this.reader.view(await this.service.find(place));
  }

  @Get(':objective/history')
  @Requires('read')
  async history(
    @Param() place: ObjectivePlace,
    @Query({ schema: objectiveHistoryQuery }) query: ObjectiveHistoryQuery,
  ): Promise<ObjectiveHistory> {
    return this.reader.history(await this.service.find(place), query);
  }

  @Post()
  @Requires('write')
  async create(
    @Param('project') project: string,
    @Body({ schema: jsonBody(createObjective) }) body: CreateObjective,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.service.create(project, body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/objectives/${body.name}`);
    return answer(write, by.dryRun);
  }

  @Put(':objective')
  @Requires('write')
  async put(
    @Param() place: ObjectivePlace,
    @Body({ schema: jsonBody(putObjective) }) body: PutObjective,
    @Write() by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.put(place, body, { ...by, reason: body.reason ?? by.reason, expected }), by.dryRun);
  }

  @Patch(':objective')
  @Requires('write')
  async patch(
    @Param() place: ObjectivePlace,
    @Body({ schema: jsonBody(patchObjective) }) body: PatchObjective,
    @Write() by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.patch(place, body, { ...by, reason: body.reason ?? by.reason, expected }), by.dryRun);
  }

  @Delete(':objective')
  @Requires('write')
  async remove(@Param() place: ObjectivePlace, @Write() by: WriteBy, @IfMatch() expected: ExpectedVersions) {
    return answer(await this.service.remove(place, { ...by, expected }), by.dryRun);
  }
}
