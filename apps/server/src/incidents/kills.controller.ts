import { jsonBody, type KillState, killQuery, killRequest, restoreQuery, restoreRequest } from '@ballast/api';
import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer, type WriteResult } from '../changes/index.js';
import { Environments } from '../environments/index.js';
import type { ConfigPlace } from '../flags/index.js';
import { ArrivalsService } from './arrivals.service.js';
import { KillsService } from './kills.service.js';

type KillQuery = z.infer<typeof killQuery>;

const killBody = jsonBody(killRequest.optional());

/** The kill switch of a flag in one environment. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment')
export class KillsController {
  constructor(
    private readonly service: KillsService,
    private readonly environments: Environments,
    private readonly arrivals: ArrivalsService,
  ) {}

  @Post('kill')
  @HttpCode(200)
  @Requires('kill')
  async kill(
    @Param() place: ConfigPlace,
    @Query({ schema: killQuery }) query: KillQuery,
    @Body({ schema: killBody }) body: z.infer<typeof killBody>,
    @Write(['wait']) by: WriteBy,
  ) {
    const environmentId = await this.placeOf(place, query);
    return this.answer(environmentId, query, await this.service.kill(place, { ...by, reason: body?.reason ?? by.reason }));
  }

  @Post('restore')
  @HttpCode(200)
  @Requires('kill')
  async restore(
    @Param() place: ConfigPlace,
    @Query({ schema: restoreQuery }) query: KillQuery,
    @Body({ schema: jsonBody(restoreRequest) }) body: z.infer<typeof restoreRequest>,
    @Write(['wait', 'policy']) by: WriteBy,
  ) {
    const environmentId = await this.placeOf(place, query);
    return this.answer(environmentId, query, await this.service.restore(place, { ...by, reason: body.reason }));
  }

  /** Where the waiting will be, found out before anything is done: nothing that fails afterwards may hide that it was. */
  private async placeOf({ project, environment }: ConfigPlace, { dryRun, wait }: KillQuery): Promise<string | null> {
    return dryRun || wait === undefined ? null : (await this.environments.environment(project, environment)).id;
  }

  /** What was done, and, for those who wait, how far it came. */
  private async answer(environmentId: string | null, { dryRun, wait = 0 }: KillQuery, write: WriteResult<KillState>) {
    if (environmentId === null) return answer(write, dryRun);
    const wanted = { revision: write.result.revision, waitMs: wait, since: this.arrivals.now() };
    return { ...write.result, arrival: await this.arrivals.wait(environmentId, wanted) };
  }
}
