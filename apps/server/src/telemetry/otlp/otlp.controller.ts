import { LIMITS } from '@ballast/api';
import { viewOf } from '@ballast/streaming';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { refuse } from '../../errors.js';
import { invalidRequest } from '../../problem.js';
import { OfrepDoor } from '../../streaming/index.js';
import { exportAnswer, type Signal } from './answers.js';
import { logsRequest, tracesRequest } from './export-requests.js';
import { type Findings, findInLogs, findInSpans } from './findings.js';
import { LOGS, TRACES } from './messages.js';
import { Otlp } from './otlp.service.js';
import { decodeProtobuf, type Message } from './protobuf.js';

interface Format<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly message: Message;
}

/** Where OpenTelemetry SDKs and collectors leave spans and log records: OTLP over HTTP, binary or JSON. */
@Controller('v1')
export class OtlpController {
  constructor(
    private readonly door: OfrepDoor,
    private readonly otlp: Otlp,
  ) {}

  @Post('traces')
  @HttpCode(200)
  @RouteConfig({ bodyLimit: LIMITS.otlpBytes.max })
  async traces(@Req() request: FastifyRequest, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { resourceSpans } = read(body, { schema: tracesRequest, message: TRACES });
    const scopes = (resourceSpans ?? []).flatMap(({ scopeSpans }) => scopeSpans ?? []);
    await this.answer({ request, reply, signal: 'Spans' }, findInSpans(scopes.flatMap(({ spans }) => spans ?? [])));
  }

  @Post('logs')
  @HttpCode(200)
  @RouteConfig({ bodyLimit: LIMITS.otlpBytes.max })
  async logs(@Req() request: FastifyRequest, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { resourceLogs } = read(body, { schema: logsRequest, message: LOGS });
    const scopes = (resourceLogs ?? []).flatMap(({ scopeLogs }) => scopeLogs ?? []);
    await this.answer({ request, reply, signal: 'LogRecords' }, findInLogs(scopes.flatMap(({ logRecords }) => logRecords ?? [])));
  }

  private async answer({ request, reply, signal }: Exchange, findings: Findings): Promise<void> {
    const { identity } = await this.door.identify(request);
    const refused = await this.otlp.take({ environmentId: identity.environmentId, view: viewOf(identity) }, findings);
    const { type, body } = exportAnswer(signal, refused, Buffer.isBuffer(request.body));
    void reply.type(type).send(body);
  }
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signal: Signal;
}

/** A protobuf body comes as its bytes, anything else as JSON. */
function read<Schema extends z.ZodType>(body: unknown, { schema, message }: Format<Schema>): z.infer<Schema> {
  const decoded = Buffer.isBuffer(body) ? (decodeProtobuf(body, message) ?? refuse('body.malformed')) : body;
  const parsed = schema.safeParse(decoded);
  if (!parsed.success) throw invalidRequest(parsed.error.issues);
  return parsed.data;
}
