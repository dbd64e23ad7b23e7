import { jsonBody, killRequest, restoreRequest } from '@ballast/api';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import type { ConfigPlace } from '../flags/index.js';
import { KillsService } from './kills.service.js';

const killBody = jsonBody(killRequest.optional());

/** The kill switch of a flag in one environment. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment')
export class KillsController {
  constructor(private readonly service: KillsService) {}

  @Post('kill')
  @HttpCode(200)
  @Requires('kill')
  async kill(@Param() place: ConfigPlace, @Body({ schema: killBody }) body: z.infer<typeof killBody>, @Write() by: WriteBy) {
    return answer(await this.service.kill(place, { ...by, reason: body?.reason ?? by.reason }), by.dryRun);
  }

  @Post('restore')
  @HttpCode(200)
  @Requires('kill')
  async restore(
    @Param() place: ConfigPlace,
    @Body({ schema: jsonBody(restoreRequest) }) body: z.infer<typeof restoreRequest>,
    @Write() by: WriteBy,
  ) {
    return answer(await this.service.restore(place, { ...by, reason: body.reason }), by.dryRun);
  }
}
