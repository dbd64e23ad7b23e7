import { type ConvergenceQuery, convergenceQuery, keyInstancesQuery } from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Requires } from '../access/index.js';
import { Environments } from '../environments/index.js';
import { ArrivalsService } from './arrivals.service.js';

const keyId = z.uuid();

interface Place {
  readonly project: string;
  readonly environment: string;
}

/** How far an environment's changes have come, and who presents which key. */
@Controller('api/v1/projects/:project/environments/:environment')
export class ConvergenceController {
  constructor(
    private readonly environments: Environments,
    private readonly arrivals: ArrivalsService,
  ) {}

  @Get('convergence')
  @Requires('read')
  async convergence(@Param() { project, environment }: Place, @Query({ schema: convergenceQuery }) query: ConvergenceQuery) {
    return this.arrivals.of(await this.environments.environment(project, environment), query);
  }

  @Get('keys/:id/instances')
  @Requires('read')
  async keyInstances(
    @Param() { project, environment }: Place,
    @Param('id', { schema: keyId }) id: string,
    @Query({ schema: keyInstancesQuery }) query: z.infer<typeof keyInstancesQuery>,
  ) {
    return this.arrivals.ofKey((await this.environments.environment(project, environment)).id, id, query);
  }
}
