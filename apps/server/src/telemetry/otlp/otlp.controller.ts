import { createHash } from 'node:crypto';
import { LIMITS } from '@ballast/api';
import type { View } from '@ballast/protocol';
import { viewOf } from '@ballast/streaming';
import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isBinary } from '../../otlp-problem.js';
import { OfrepDoor } from '../../streaming/index.js';
import { exportAnswer, type Signal } from './answers.js';
import { Otlp } from './otlp.service.js';
import { readFindings, type Source } from './reading.js';
import { ReadingRoom } from './reading-room.js';

/** Where OpenTelemetry SDKs and collectors leave spans and log records: OTLP over HTTP, binary or JSON. */
@Controller('v1')
export class OtlpController {
  private readonly room = new ReadingRoom();

  constructor(
    private readonly door: OfrepDoor,
    private readonly otlp: Otlp,
  ) {}

  @Post('traces')
  @HttpCode(200)
  @RouteConfig({ bodyLimit: LIMITS.otlpBytes.max })
  traces(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('Spans', request, reply);
  }

  @Post('logs')
  @HttpCode(200)
  @RouteConfig({ bodyLimit: LIMITS.otlpBytes.max })
  logs(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer('LogRecords', request, reply);
  }

  private async answer(signal: Signal, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { identity } = await this.door.identify(request);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const source = { body, signal, isBinary: isBinary(request) };
    const view = viewOf(identity);
    const refused = await this.room.hold(`${view} ${identity.environmentId}`, body.length, async () => {
      const findings = await this.room.inTurn(() => readFindings(source));
      return this.otlp.take({ environmentId: identity.environmentId, view, fingerprint: fingerprintOf(view, source) }, findings);
    });
    const { type, body: answer } = exportAnswer(signal, refused, source.isBinary);
    void reply.type(type).send(answer);
  }
}

/** Whoever has a public key must not be able to take a request away from a server. */
function fingerprintOf(view: View, { body, signal }: Source): string {
  return createHash('sha256').update(`${view} ${signal} `).update(body).digest('hex');
}
