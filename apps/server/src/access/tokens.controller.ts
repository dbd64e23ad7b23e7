import { type CreateApiToken, createApiToken, pageQuery } from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { answer } from '../changes/index.js';
import { ApiTokens } from './api-tokens.js';
import { Requires } from './requires.js';
import { Write, type WriteBy } from './write-by.js';

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
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.tokens.create(body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/tokens/${write.result.id}`);
    return answer(write, by.dryRun);
  }

  @Delete(':id')
  async revoke(@Param('id', { schema: id }) tokenId: string, @Write() by: WriteBy) {
    const write = await this.tokens.revoke(tokenId, by);
    return answer(write, by.dryRun);
  }
}
