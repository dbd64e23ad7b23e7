import { type CreateSdkKey, createSdkKey, pageQuery } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type KeyPlace, Requires, SdkKeys, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { Environments } from './environments.js';

const listQuery = z.strictObject(pageQuery);
const keyId = z.uuid();

interface Place {
  readonly project: string;
  readonly environment: string;
}

/** SDK keys of an environment. */
@Controller('api/v1/projects/:project/environments/:environment/keys')
export class KeysController {
  constructor(
    private readonly environments: Environments,
    private readonly keys: SdkKeys,
  ) {}

  @Get()
  @Requires('read')
  async list(@Param() place: Place, @Query({ schema: listQuery }) query: z.infer<typeof listQuery>) {
    const { environmentId } = await this.find(place);
    return this.keys.list(environmentId, query);
  }

  @Post()
  @Requires('keys')
  async create(
    @Param() place: Place,
    @Body({ schema: createSdkKey }) body: CreateSdkKey,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.keys.create(await this.find(place), body, { ...by, reason: body.reason ?? by.reason });
    const path = `/api/v1/projects/${place.project}/environments/${place.environment}/keys/${write.result.id}`;
    if (!by.dryRun) reply.header('Location', path);
    return answer(write, by.dryRun);
  }

  @Delete(':id')
  @Requires('keys')
  async revoke(@Param() place: Place, @Param('id', { schema: keyId }) id: string, @Write() by: WriteBy) {
    return answer(await this.keys.revoke(await this.find(place), id, by), by.dryRun);
  }

  private async find(place: Place): Promise<KeyPlace> {
    const found = await this.environments.environment(place.project, place.environment);
    return { projectId: found.projectId, environmentId: found.id };
  }
}
