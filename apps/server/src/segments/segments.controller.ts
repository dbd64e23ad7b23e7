import {
  type CreateSegment,
  createSegment,
  jsonBody,
  type ListSegmentsQuery,
  listSegmentsQuery,
  type PatchSegment,
  type PutSegment,
  patchSegment,
  putSegment,
  type SegmentView,
} from '@ballast/api';
import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires, Write, type WriteBy } from '../access/index.js';
import { answer, type ExpectedVersions, IfMatch } from '../changes/index.js';
import { Environments, keyPage, pageOfKeys } from '../environments/index.js';
import { refuse } from '../errors.js';
import { segmentSummaryView, segmentView } from './segment-views.js';
import { type SegmentPlace, SegmentsService } from './segments.service.js';
import { SegmentsRoom } from './segments-room.js';
import { VersionTag } from './version-tag.js';

/** Segments of a project. */
@Controller('api/v1/projects/:project/segments')
@UseInterceptors(VersionTag)
export class SegmentsController {
  constructor(
    private readonly environments: Environments,
    private readonly service: SegmentsService,
    private readonly room: SegmentsRoom,
  ) {}

  @Get()
  @Requires('read')
  async list(@Param('project') project: string, @Query({ schema: listSegmentsQuery }) query: ListSegmentsQuery) {
    const { id: projectId } = await this.environments.project(project);
    const rows = await this.room.store.list({ projectId, q: query.q, ...keyPage(query) });
    return pageOfKeys(rows, query.limit, segmentSummaryView);
  }

  @Get(':segment')
  @Requires('read')
  async get(@Param() place: SegmentPlace): Promise<SegmentView> {
    const { id } = await this.environments.project(place.project);
    const record = (await this.room.find(id, place.segment)) ?? refuse('segment.not_found', { segment: place.segment });
    return segmentView(record, await this.room.view.usedBy(id, record.key));
  }

  @Post()
  @Requires('write')
  async create(
    @Param('project') project: string,
    @Body({ schema: jsonBody(createSegment) }) body: CreateSegment,
    @Write() by: WriteBy,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const write = await this.service.create(project, body, { ...by, reason: body.reason ?? by.reason });
    if (!by.dryRun) reply.header('Location', `/api/v1/projects/${project}/segments/${encodeURIComponent(body.key)}`);
    return answer(write, by.dryRun);
  }

  @Put(':segment')
  @Requires('write')
  async put(
    @Param() place: SegmentPlace,
    @Body({ schema: jsonBody(putSegment) }) body: PutSegment,
    @Write() by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.put(place, body, { ...by, reason: body.reason ?? by.reason, expected }), by.dryRun);
  }

  @Patch(':segment')
  @Requires('write')
  async patch(
    @Param() place: SegmentPlace,
    @Body({ schema: jsonBody(patchSegment) }) body: PatchSegment,
    @Write() by: WriteBy,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return answer(await this.service.patch(place, body, { ...by, reason: body.reason ?? by.reason, expected }), by.dryRun);
  }

  @Delete(':segment')
  @Requires('write')
  async remove(@Param() place: SegmentPlace, @Write() by: WriteBy, @IfMatch() expected: ExpectedVersions) {
    return answer(await this.service.remove(place, { ...by, expected }), by.dryRun);
  }
}
