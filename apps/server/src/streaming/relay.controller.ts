import { acceptsGzip, PairBodies, type PairBody } from '@ballast/streaming';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '../errors.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { RelayDoor } from './relay-door.js';

/** What relays ask for by HTTP. */
@Controller('sdk/v1/relay')
export class RelayController {
  private readonly bodies: PairBodies;

  constructor(
    private readonly door: RelayDoor,
    private readonly keeper: SnapshotKeeper,
  ) {
    this.bodies = new PairBodies(keeper);
  }

  /** Both views at one revision. */
  @Get('snapshot')
  async snapshot(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { environmentId } = await this.door.identify(request);
    const body = await this.bodyFor(environmentId);
    const isGzip = acceptsGzip(request.headers['accept-encoding']);
    if (isGzip) reply.header('content-encoding', 'gzip');
    reply.headers({ 'cache-control': 'private, no-store', vary: 'accept-encoding, authorization' });
    await reply.type('application/json; charset=utf-8').send(isGzip ? await body.gzip() : body.json);
  }

  private async bodyFor(environmentId: string): Promise<PairBody> {
    const body = this.bodies.of(environmentId);
    if (body !== undefined) return body;
    await this.keeper.refresh(environmentId);
    return this.bodies.of(environmentId) ?? refuse('snapshot.loading');
  }
}
