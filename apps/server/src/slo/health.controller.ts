import {
  type FlagHealth,
  type HealthQuery,
  healthQuery,
  type ProjectHealth,
  type ProjectHealthQuery,
  projectHealthQuery,
} from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Health, type HealthPlace } from './health.service.js';

/** The ten metrics of flags and projects. */
@Controller('api/v1/projects/:project')
export class FlagHealthController {
  constructor(private readonly health: Health) {}

  @Get('flags/:flag/environments/:environment/health')
  @Requires('read')
  flag(@Param() place: HealthPlace, @Query({ schema: healthQuery }) query: HealthQuery): Promise<FlagHealth> {
    return this.health.flag(place, query);
  }

  @Get('health')
  @Requires('read')
  project(@Param('project') project: string, @Query({ schema: projectHealthQuery }) query: ProjectHealthQuery): Promise<ProjectHealth> {
    return this.health.project(project, query);
  }
}
