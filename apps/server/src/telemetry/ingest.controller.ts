import { LIMITS, type TelemetryReceipt } from '@ballast/api';
import { receiptOf, viewOf } from '@ballast/streaming';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { refuse } from '../errors.js';
import { throwFailure } from '../shortcut.js';
import { SdkDoor } from '../streaming/index.js';
import { readEnvelope } from './envelope.js';
import { Ingest } from './ingest.service.js';

/** Where clients leave their counters. */
@Controller('sdk/v1/telemetry')
export class IngestController {
  constructor(
    private readonly door: SdkDoor,
    private readonly ingest: Ingest,
  ) {}

  @Post()
  @HttpCode(200)
  @RouteConfig({ bodyLimit: LIMITS.telemetryBatchBytes.max })
  async receive(@Req() request: FastifyRequest, @Body() body: unknown): Promise<TelemetryReceipt> {
    const identity = await this.door.identify(request);
    throwFailure();
    const envelope = readEnvelope(body);
    if ('problems' in envelope) return refuse('request.invalid', { ...envelope });
    const [verdict] = await this.ingest.take(identity.environmentId, [{ view: viewOf(identity), envelope }]);
    if (verdict === undefined || verdict.outcome === 'expired') return refuse('telemetry.expired');
    return receiptOf(verdict);
  }
}
