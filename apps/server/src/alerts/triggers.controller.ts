import { randomUUID } from 'node:crypto';
import { type AlertmanagerPayload, type CreateTrigger, createTrigger, type TriggerRequest, triggerBody } from '@ballast/api';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer } from '../changes/index.js';
import { refuse } from '../errors.js';
import { header, TriggerGuard, type TriggerRequestHolder } from './trigger.guard.js';
import { TriggerActions } from './trigger-actions.js';
import { intentOfRequest, intentsOfAlerts } from './trigger-intents.js';
import { TriggersService } from './triggers.service.js';

/** Triggers of a project. */
@Controller('api/v1/projects/:project/triggers')
export class TriggersController {
  constructor(private readonly triggers: TriggersService) {}

  @Get()
  @Requires('read')
  list(@Param('project') project: string) {
    return this.triggers.list(project);
  }

  @Post()
  @Requires('admin')
  async create(
    @Param('project') project: string,
    @Body({ schema: createTrigger }) body: CreateTrigger,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.triggers.create(project, body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/triggers/${write.result.id}`);
    return answer(write, by.dryRun);
  }

  @Post(':id/rotate')
  @Requires('admin')
  async rotate(@Param('project') project: string, @Param('id') id: string, @Write() by: WriteBy) {
    return answer(await this.triggers.rotate(project, id, by), by.dryRun);
  }

  @Delete(':id')
  @Requires('admin')
  async remove(@Param('project') project: string, @Param('id') id: string, @Write() by: WriteBy) {
    return answer(await this.triggers.remove(project, id, by), by.dryRun);
  }
}

const BODY_BYTES = 262_144;

/** The door of triggers. */
@Controller('api/v1/triggers')
export class TriggerDoorController {
  constructor(private readonly actions: TriggerActions) {}

  @Post(':id')
  @HttpCode(200)
  @Requires('trigger')
  @UseGuards(TriggerGuard)
  @RouteConfig({ keepsBody: true, bodyLimit: BODY_BYTES })
  pull(@Req() request: TriggerRequestHolder, @Body({ schema: triggerBody }) body: AlertmanagerPayload | TriggerRequest) {
    const trigger = request.trigger ?? refuse('auth.missing');
    if ('alerts' in body) return this.actions.run(trigger, intentsOfAlerts(body, trigger));
    const identity = header(request, 'webhook-id') ?? randomUUID();
    return this.actions.run(trigger, [intentOfRequest(body, identity)]);
  }
}
