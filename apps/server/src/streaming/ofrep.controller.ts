import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { holds, viewOf } from '@ballast/streaming';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SdkIdentity } from '../access/index.js';
import { refuse } from '../errors.js';
import { EventStreams } from './event-streams.js';
import { answerOf, bulkOf, bulkTag, type OfrepSuccess } from './ofrep-answers.js';
import { OfrepDoor } from './ofrep-door.js';
import { type ConfigHint, contextOf } from './ofrep-request.js';
import { OfrepSource } from './ofrep-source.js';
import { StreamPass } from './stream-pass.js';

/** The OpenFeature Remote Evaluation Protocol: the server evaluates for clients that do not. */
@Controller('ofrep/v1')
export class OfrepController {
  constructor(
    private readonly door: OfrepDoor,
    private readonly source: OfrepSource,
    private readonly pass: StreamPass,
    private readonly streams: EventStreams,
  ) {}

  /** One flag; 404 and 400 carry OFREP's error code. */
  @Post('evaluate/flags/:key')
  @HttpCode(200)
  async one(@Req() request: FastifyRequest, @Param('key') key: string, @Body() body: unknown): Promise<OfrepSuccess> {
    const { identity } = await this.door.identify(request);
    const answer = answerOf(await this.source.question(identity, contextOf(body)), key);
    if (!('errorCode' in answer)) return answer;
    const code = answer.errorCode === 'FLAG_NOT_FOUND' ? 'flag.not_found' : 'flag.unanswered';
    return refuse(code, { flag: key, ...answer });
  }

  /** Every flag that the key may see, or 304 for whom holds the same answer. */
  @Post('evaluate/flags')
  @HttpCode(200)
  async all(
    @Req() request: FastifyRequest,
    @Body() body: unknown,
    @Query() hint: ConfigHint,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const visit = await this.door.identify(request);
    const question = await this.source.question(visit.identity, contextOf(body), hint);
    const stream = this.pass.streamFor(visit);
    const etag = bulkTag(question, stream);
    void reply.headers({ etag, 'cache-control': 'private, no-cache' });
    if (!holds(request.headers['if-none-match'], etag)) return bulkOf(question, stream);
    void reply.status(304);
    return undefined;
  }

  /** Server-sent events that tell when to evaluate again. */
  @Get('stream')
  async listen(@Req() request: FastifyRequest, @Query('token') token: unknown, @Res() reply: FastifyReply): Promise<void> {
    const identity = await this.listenerOf(request, token);
    const { environmentId, keyId } = identity;
    const lastEventId = request.headers['last-event-id'];
    const presented = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined;
    void reply.headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
    if (request.method === 'HEAD') return void reply.send();
    const body = await this.streams.listen({ environmentId, keyId, view: viewOf(identity) }, presented);
    endWith(request.raw.socket, body);
    return void reply.send(body);
  }

  /** By the token of the URL, or by an SDK key for clients that can send headers. */
  private async listenerOf(request: FastifyRequest, token: unknown): Promise<SdkIdentity> {
    if (typeof token === 'string') return this.pass.admit(token, request.ip);
    return (await this.door.identify(request)).identity;
  }
}

/** An answer that still waits in line on its connection hears nothing of its end: what it would have sent ends with the connection. */
function endWith(socket: Socket, body: Readable): void {
  const end = () => body.destroy();
  if (socket.destroyed) end();
  socket.setMaxListeners(0).once('close', end);
  body.once('close', () => socket.off('close', end));
}
