import {
  type CreateChannel,
  createChannel,
  jsonBody,
  type PutChannel,
  putChannel,
  type RotateChannelSecret,
  rotateChannelSecret,
} from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Post, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { ChannelsService } from './channels.service.js';

const rotateBody = jsonBody(rotateChannelSecret.prefault({}));

/** Where alerts of a project are sent. */
@Controller('api/v1/projects/:project/channels')
export class ChannelsController {
  constructor(private readonly channels: ChannelsService) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string) {
    return this.channels.list(project);
  }

  @Post()
  @Requires('admin')
  async create(
    @Param('project') project: string,
    @Body({ schema: createChannel }) body: CreateChannel,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.channels.create(project, body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/channels/${write.result.name}`);
    return answer(write, by.dryRun);
  }

  @Put(':channel')
  @Requires('admin')
  async put(
    @Param('project') project: string,
    @Param('channel') name: string,
    @Body({ schema: putChannel }) body: PutChannel,
    @Write() by: WriteBy,
  ) {
    return answer(await this.channels.put(project, name, { wanted: body, by: { ...by, reason: body.reason ?? by.reason } }), by.dryRun);
  }

  @Post(':channel/rotate')
  @Requires('admin')
  async rotate(
    @Param('project') project: string,
    @Param('channel') name: string,
    @Body({ schema: rotateBody }) body: RotateChannelSecret,
    @Write() by: WriteBy,
  ) {
    return answer(await this.channels.rotate(project, name, { wanted: body, by: { ...by, reason: body.reason ?? by.reason } }), by.dryRun);
  }

  @Delete(':channel')
  @Requires('admin')
  async remove(@Param('project') project: string, @Param('channel') name: string, @Write() by: WriteBy) {
    return answer(await this.channels.remove(project, name, by), by.dryRun);
  }
}
