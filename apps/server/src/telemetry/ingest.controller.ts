import { isStorable, LIMITS, type TelemetryReceipt } from '@ballast/api';
import { parseTelemetry, type TelemetryEnvelope } from '@ballast/protocol';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refuse } from '../errors.js';
import { SdkDoor, viewOf } from '../streaming/index.js';
import { Ingest } from './ingest.service.js';

/** Where clients leave their counters: one batch, or several of them from a relay. */
@Controller('sdk/v1/telemetry')
export class IngestController {
  constructor(
    private readonly door: SdkDoor,
    private readonly ingest: Ingest,
  ) {}

  @Post()
  @HttpCode(200)
  async receive(@Req() request: FastifyRequest, @Body() body: unknown): Promise<TelemetryReceipt> {
    const identity = await this.door.identify(request);
    const isSeveral = Array.isArray(body);
    if (isSeveral && identity.kind !== 'relay')
      refuse('request.invalid', { problems: [{ path: '', message: 'only a relay may send several batches' }] });
    if (!isSeveral && Number(request.headers['content-length'] ?? 0) > LIMITS.telemetryBatchBytes.max)
      refuse('body.too_large', { max: LIMITS.telemetryBatchBytes.max });
    const batches: readonly unknown[] = isSeveral ? body : [body];
    return this.ingest.take(
      { environmentId: identity.environmentId, view: viewOf(identity) },
      batches.map((batch, index) => toEnvelope(batch, isSeveral ? `/${index}` : '')),
    );
  }
}

function toEnvelope(batch: unknown, path: string): TelemetryEnvelope {
  const parsed = parseTelemetry(batch);
  if (typeof parsed === 'string') return refuse('request.invalid', { problems: [{ path, message: parsed }] });
  return isStorable(parsed.instance)
    ? parsed
    : refuse('request.invalid', { problems: [{ path: `${path}/instance`, message: 'must not contain NUL or lone surrogates' }] });
}
