import { type ImportQuery, importQuery, LIMITS } from '@ballast/api';
import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { CurrentActor, Requires } from '../access/index.js';
import { type Actor, answer } from '../changes/index.js';
import { Environments } from '../environments/index.js';
import { Imports } from './imports.service.js';

/** Takes in a file of another system, for one environment. */
@Controller('api/v1/projects/:project/environments/:environment/import')
export class ImportsController {
  constructor(
    private readonly environments: Environments,
    private readonly imports: Imports,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires('write')
  @RouteConfig({ bodyLimit: LIMITS.importBytes.max })
  async import(
    @Param() place: { readonly project: string; readonly environment: string },
    @Query({ schema: importQuery }) query: ImportQuery,
    @Body() content: unknown,
    @CurrentActor() actor: Actor,
  ) {
    const environment = await this.environments.environment(place.project, place.environment);
    return answer(await this.imports.run({ environment, query, content, actor }), query.dryRun);
  }
}
