import { type CreateFlag, createFlag, jsonBody, type ListFlagsQuery, listFlagsQuery, type PatchFlag, patchFlag } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer, type ExpectedVersions, IfMatch } from '../changes/index.js';
import { Environments } from '../environments/index.js';
import { VersionTag } from '../segments/index.js';
import type { FlagPlace } from './flag-writer.js';
import { FlagsService, type ProjectScope } from './flags.service.js';
import { FlagsReader } from './flags-reader.js';

/** Flags of a project. */
@Controller('api/v1/projects/:project/flags')
@UseInterceptors(VersionTag)
export class FlagsController {
  constructor(
    private readonly environments: Environments,
    private readonly service: FlagsService,
    private readonly reader: FlagsReader,
  ) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string, @Query({ schema: listFlagsQuery }) query: ListFlagsQuery) {
    return this.reader.list(project, query);
  }

  @Get(':flag')
  @Requires('read')
  get(@Param() place: FlagPlace) {
    return this.reader.get(place);
  }

  @Post()
  @Requires('write')
  async create(
    @Param('project') project: string,
    @Body({ schema: jsonBody(createFlag) }) body: CreateFlag,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.service.create(await this.scope(project), body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/flags/${encodeURIComponent(body.key)}`);
    return answer(write, by.dryRun);
  }

  @Patch(':flag')
  @Requires('write')
  async patch(
    @Param() place: FlagPlace,
    @Body({ schema: jsonBody(patchFlag) }) body: PatchFlag,
    @Write(['policy']) by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    const write = await this.service.patch(await this.scope(place.project), place.flag, body, {
      ...by,
      reason: body.reason ?? by.reason,
      expected,
    });
    return answer(write, by.dryRun);
  }

  @Delete(':flag')
  @Requires('write')
  async archive(@Param() place: FlagPlace, @Write() by: WriteBy, @IfMatch() expected: ExpectedVersions) {
    return answer(await this.service.archive(await this.scope(place.project), place.flag, { ...by, expected }), by.dryRun);
  }

  private async scope(project: string): Promise<ProjectScope> {
    const { id: projectId } = await this.environments.project(project);
    const environments = await this.environments.all(projectId);
    return { projectId, environments: new Map(environments.map(({ id, key }) => [id, key])) };
  }
}
