import { type ObjectiveFileQuery, objectiveFileQuery, openSloQuery, type PrometheusRulesQuery, prometheusRulesQuery } from '@ballast/api';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { refuse } from '../errors.js';
import { ObjectiveFiles, OpenSloImports } from './objective-files.service.js';

const YAML = 'application/yaml; charset=utf-8';
const importQuery = openSloQuery.loose();

/** Objectives as files of other tools. */
@Controller('api/v1/projects/:project/objectives')
export class ObjectiveFilesController {
  constructor(
    private readonly files: ObjectiveFiles,
    private readonly imports: OpenSloImports,
  ) {}

  @Get('prometheus-rules')
  @Requires('read')
  @Header('content-type', YAML)
  rules(@Param('project') project: string, @Query({ schema: prometheusRulesQuery }) query: PrometheusRulesQuery): Promise<string> {
    return this.files.prometheus(project, query.environment, query.form);
  }

  @Get('openslo')
  @Requires('read')
  @Header('content-type', YAML)
  export(@Param('project') project: string, @Query({ schema: objectiveFileQuery }) query: ObjectiveFileQuery): Promise<string> {
    return this.files.openSlo(project, query.environment);
  }

  @Post('openslo')
  @HttpCode(200)
  @RouteConfig({ takesYaml: true })
  @Requires('write')
  async import(
    @Param('project') project: string,
    @Query({ schema: importQuery }) query: z.infer<typeof openSloQuery>,
    @Body() body: unknown,
    @Write(['environment', 'owner']) by: WriteBy,
  ) {
    if (typeof body !== 'string') return refuse('body.unsupported_type');
    const { environment, owner } = query;
    return answer(await this.imports.import(body, { ...by, project, environment, owner }), by.dryRun);
  }
}
