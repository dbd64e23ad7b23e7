import { type OutcomeReceipt, type OutcomeReport, outcomeReport } from '@ballast/api';
import { viewOf } from '@ballast/streaming';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { requiredIdempotencyKey } from '../../access/index.js';
import { SdkDoor } from '../../streaming/index.js';
import { OutcomeIngest } from './outcome-ingest.service.js';

/** Where programs without an SDK leave what came of the variants they served. */
@Controller('sdk/v1/outcomes')
export class OutcomesController {
  constructor(
    private readonly door: SdkDoor,
    private readonly ingest: OutcomeIngest,
  ) {}

  @Post()
  @HttpCode(200)
  async receive(@Req() request: FastifyRequest, @Body({ schema: outcomeReport }) report: OutcomeReport): Promise<OutcomeReceipt> {
    const identity = await this.door.identify(request);
    const key = requiredIdempotencyKey(request.headers);
    return this.ingest.take({ environmentId: identity.environmentId, view: viewOf(identity), key, report });
  }
}
