import {
  type CreateEnvironment,
  createEnvironment,
  type EnvironmentView,
  type PatchEnvironment,
  pageQuery,
  patchEnvironment,
} from '@ballast/api';
import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { Environments } from './environments.js';
import { type EnvironmentRow, EnvironmentsStore } from './environments.store.js';
import { keyPage, pageOfKeys } from './key-pages.js';
import { Places } from './places.service.js';
import { environmentView } from './views.js';

const listQuery = z.strictObject(pageQuery);

interface Place {
  readonly project: string;
  readonly environment: string;
}

/** Environments of a project. */
@Controller('api/v1/projects/:project/environments')
export class EnvironmentsController {
  constructor(
    private readonly environments: Environments,
    private readonly store: EnvironmentsStore,
    private readonly places: Places,
  ) {}

  @Get()
  @Requires('read')
  async list(@Param('project') projectKey: string, @Query({ schema: listQuery }) query: z.infer<typeof listQuery>) {
    const project = await this.environments.project(projectKey);
    const rows = await this.store.listEnvironments(project.id, keyPage(query));
    return pageOfKeys(rows, query.limit, rowView);
  }

  @Get(':environment')
  @Requires('read')
  async get(@Param() place: Place): Promise<EnvironmentView> {
    const found = await this.environments.environment(place.project, place.environment);
    return environmentView(found, await this.store.revisionOf(found.id));
  }

  @Post()
  @Requires('admin')
  async create(
    @Param('project') project: string,
    @Body({ schema: createEnvironment }) body: CreateEnvironment,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.places.createEnvironment(project, body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/environments/${body.key}`);
    return answer(write, by.dryRun);
  }

  @Patch(':environment')
  @Requires('admin')
  async patch(@Param() place: Place, @Body({ schema: patchEnvironment }) body: PatchEnvironment, @Write() by: WriteBy) {
    const write = await this.places.patchEnvironment(place, body, { ...by, reason: body.reason ?? by.reason });
    return answer(write, by.dryRun);
  }
}

function rowView(row: EnvironmentRow): EnvironmentView {
  return environmentView(row, Number(row.revision?.current ?? 0));
}
