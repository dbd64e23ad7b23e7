import { type CreateProject, createProject, type PatchProject, type ProjectView, pageQuery, patchProject } from '@ballast/api';
import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { Environments } from './environments.js';
import { EnvironmentsStore } from './environments.store.js';
import { keyPage, pageOfKeys } from './key-pages.js';
import { Places } from './places.service.js';
import { projectView } from './views.js';

const listQuery = z.strictObject(pageQuery);

/** Projects. */
@Controller('api/v1/projects')
export class ProjectsController {
  constructor(
    private readonly environments: Environments,
    private readonly store: EnvironmentsStore,
    private readonly places: Places,
  ) {}

  @Get()
  @Requires('read')
  async list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>) {
    const rows = await this.store.listProjects(keyPage(query));
    return pageOfKeys(rows, query.limit, projectView);
  }

  @Get(':project')
  @Requires('read')
  async get(@Param('project') key: string): Promise<ProjectView> {
    return projectView(await this.environments.project(key));
  }

  @Post()
  @Requires('admin')
  async create(
    @Body({ schema: createProject }) body: CreateProject,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.places.createProject(body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${body.key}`);
    return answer(write, by.dryRun);
  }

  @Patch(':project')
  @Requires('admin')
  async patch(@Param('project') key: string, @Body({ schema: patchProject }) body: PatchProject, @Write() by: WriteBy) {
    const write = await this.places.patchProject(key, body, { ...by, reason: body.reason ?? by.reason });
    return answer(write, by.dryRun);
  }
}
