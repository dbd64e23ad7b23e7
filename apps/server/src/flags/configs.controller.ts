import { copyFlagConfig, type FlagConfigView, jsonBody, putFlagConfig, revertFlagConfig } from '@ballast/api';
import { Body, Controller, Get, HttpCode, Param, Post, Put, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer, type ExpectedVersions, IfMatch } from '../changes/index.js';
import { VersionTag } from '../segments/index.js';
import { ConfigsService } from './configs.service.js';
import type { ConfigPlace } from './flag-writer.js';
import { FlagsReader } from './flags-reader.js';

/** A flag's configuration in one environment. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment')
@UseInterceptors(VersionTag)
export class ConfigsController {
  constructor(
    private readonly service: ConfigsService,
    private readonly reader: FlagsReader,
  ) {}

  @Get()
  @Requires('read')
  get(@Param() place: ConfigPlace): Promise<FlagConfigView> {
    return this.reader.config(place);
  }

  @Put()
  @Requires('write')
  async put(
    @Param() place: ConfigPlace,
    @Body({ schema: jsonBody(putFlagConfig) }) { reason, ...config }: z.infer<typeof putFlagConfig>,
    @Write(['policy']) by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.put(place, config, { ...by, reason: reason ?? by.reason, expected }), by.dryRun);
  }

  @Post('revert')
  @HttpCode(200)
  @Requires('write')
  async revert(
    @Param() place: ConfigPlace,
    @Body({ schema: jsonBody(revertFlagConfig) }) { reason, changeId }: z.infer<typeof revertFlagConfig>,
    @Write(['policy']) by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.revert(place, changeId, { ...by, reason: reason ?? by.reason, expected }), by.dryRun);
  }

  @Post('copy')
  @HttpCode(200)
  @Requires('write')
  async copy(
    @Param() place: ConfigPlace,
    @Body({ schema: jsonBody(copyFlagConfig) }) { reason, from }: z.infer<typeof copyFlagConfig>,
    @Write(['policy']) by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.copy(place, from, { ...by, reason: reason ?? by.reason, expected }), by.dryRun);
  }
}
