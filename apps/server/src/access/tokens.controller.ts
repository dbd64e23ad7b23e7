import { type CreateApiToken, createApiToken, pageQuery, type WriteQuery, writeQuery } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Actor, answer } from '../changes/index.js';
import { ApiTokens } from './api-tokens.js';
import { CurrentActor, Requires } from './requires.js';

const listQuery = z.strictObject(pageQuery);
const id = z.uuid();

/** Tokens of the admin API. */
@Controller('api/v1/tokens')
@Requires('admin')
export class TokensController {
  constructor(private readonly tokens: ApiTokens) {}

  @Get()
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>) {
    return this.tokens.list(query);
  }

  @Post()
  async create(
    @Body({ schema: createApiToken }) body: CreateApiToken,
    @Query({ schema: writeQuery }) query: WriteQuery,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.tokens.create(body, { actor, reason: body.reason ?? query.reason, dryRun: query.dryRun });
    if (!query.dryRun) reply.header('Location', `/api/v1/tokens/${write.result.id}`);
    return answer(write, query.dryRun);
  }

  @Delete(':id')
  async revoke(
    @Param('id', { schema: id }) tokenId: string,
    @Query({ schema: writeQuery }) query: WriteQuery,
    @CurrentActor() actor: Actor,
  ) {
    const write = await this.tokens.revoke(tokenId, { actor, ...query });
    return answer(write, query.dryRun);
  }
}
