import { LIMITS } from '@ballast/api';
import type { TelemetryEnvelope, View } from '@ballast/protocol';
import { MAX_FORWARDED_BATCHES, type Verdict } from '@ballast/streaming';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RelayDoor } from '../streaming/index.js';
import { readEnvelope, type Unreadable } from './envelope.js';
import { Ingest } from './ingest.service.js';

const forwarded = z.strictObject({
  batches: z.array(z.strictObject({ view: z.enum(['server', 'client']), batch: z.unknown() })).max(MAX_FORWARDED_BATCHES),
});

interface Read {
  readonly view: View;
  readonly envelope: TelemetryEnvelope | Unreadable;
}

/** Where relays leave what their clients counted: several batches at once, each claimed once and judged by itself. */
@Controller('sdk/v1/relay/telemetry')
export class RelayIngestController {
  constructor(
    private readonly door: RelayDoor,
    private readonly ingest: Ingest,
  ) {}

  @Post()
  @HttpCode(200)
  @RouteConfig({ bodyLimit: LIMITS.telemetryRelayBytes.max })
  async receive(
    @Req() request: FastifyRequest,
    @Body({ schema: forwarded }) { batches }: z.infer<typeof forwarded>,
  ): Promise<{ readonly verdicts: readonly Verdict[] }> {
    const { environmentId } = await this.door.identify(request);
    const read = batches.map(({ view, batch }): Read => ({ view, envelope: readEnvelope(batch) }));
    const sound = read.flatMap(({ view, envelope }) => ('problems' in envelope ? [] : [{ view, envelope }]));
    const outcomes = (await this.ingest.take(environmentId, sound)).values();
    const judge = ({ envelope }: Read): Verdict =>
      'problems' in envelope ? { outcome: 'invalid', ...envelope } : (outcomes.next().value ?? { outcome: 'expired' });
    return { verdicts: read.map(judge) };
  }
}
