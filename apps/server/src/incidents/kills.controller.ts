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
    return this.answer(place, query, await this.service.kill(place, { ...by, reason: body?.reason ?? by.reason }));
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
    return this.answer(place, query, await this.service.restore(place, { ...by, reason: body.reason }));
  }

  /** What was done, and, for those who wait, how far it came. */
  private async answer(place: ConfigPlace, { dryRun, wait }: KillQuery, write: WriteResult<KillState>) {
    if (dryRun || wait === undefined) return answer(write, dryRun);
    const wanted = { revision: write.result.revision, waitMs: wait, since: this.arrivals.now() };
    const { id } = await this.environments.environment(place.project, place.environment);
    return { ...write.result, arrival: await this.arrivals.wait(id, wanted) };
  }
}
