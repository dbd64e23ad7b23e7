import { type CreateSdkKey, createSdkKey, jsonBody, pageQuery, type RotateSdkKey, rotateSdkKey } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type KeyPlace, Requires, SdkKeys, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { refuse } from '../errors.js';
import { Environments } from './environments.js';

const listQuery = z.strictObject(pageQuery);
const keyId = z.uuid();
const rotateBody = jsonBody(rotateSdkKey.prefault({}));

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
    if (!by.dryRun) reply.header('Location', pathOf(place, write.result.id));
    return answer(write, by.dryRun);
  }

  @Post(':id/rotate')
  @Requires('keys')
  async rotate(
    @Param() place: Place & { readonly id: string },
    @Body({ schema: rotateBody }) { grace, expiresAt, reason }: RotateSdkKey,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const rotation = { by: { ...by, reason: reason ?? by.reason }, graceMs: grace, expiresAt };
    const id = keyId.safeParse(place.id).data ?? refuse('key.not_found');
    const write = await this.keys.rotate(await this.find(place), id, rotation);
    if (!by.dryRun) reply.header('Location', pathOf(place, write.result.id));
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

function pathOf({ project, environment }: Place, id: string): string {
  return `/api/v1/projects/${project}/environments/${environment}/keys/${id}`;
}
