import type { Delta, View } from '@ballast/protocol';
import { acceptsGzip, holds, instanceOf, jsonOf, type SnapshotBody, viewOf } from '@ballast/streaming';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refuse } from '../errors.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { SdkDoor } from './sdk-door.js';
import { StreamingGateway } from './streaming.gateway.js';

const count = (what: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a ${what}`)
    .transform(Number);
const changesQuery = z.strictObject({ since: count('revision'), checksum: count('checksum').optional() });

type Held = z.infer<typeof changesQuery>;

interface Asker {
  readonly environmentId: string;
  readonly keyId: string;
  readonly view: View;
}

/** The same content as the stream, for those who ask by HTTP. */
@Controller('sdk/v1')
export class PollingController {
  constructor(
    private readonly door: SdkDoor,
    private readonly keeper: SnapshotKeeper,
    private readonly gateway: StreamingGateway,
  ) {}

  /** The whole snapshot, or 304 for whom holds it. */
  @Get('snapshot')
  async snapshot(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = await this.bodyFor(await this.ask(request));
    markPrivate(reply).header('etag', body.etag);
    if (holds(request.headers['if-none-match'], body.etag)) {
      await reply.status(304).send();
      return;
    }
    const isGzip = acceptsGzip(request.headers['accept-encoding']);
    if (isGzip) reply.header('content-encoding', 'gzip');
    await reply.type('application/json; charset=utf-8').send(isGzip ? await body.gzip() : body.json);
  }

  /** One delta from `since` to now, 204 when there is nothing newer, 410 when only the snapshot helps. */
  @Get('changes')
  async changes(@Req() request: FastifyRequest, @Query({ schema: changesQuery }) held: Held, @Res() reply: FastifyReply): Promise<void> {
    const asker = await this.ask(request);
    const named = instanceOf(request.headers['ballast-instance']);
    if (named !== undefined) this.gateway.hub.census.polled({ ...named, ...asker }, held.since, held.checksum);
    const next = await this.nextOf(asker, held);
    markPrivate(reply);
    await (next === 'current' ? reply.status(204).send() : reply.type('application/json; charset=utf-8').send(jsonOf(next)));
  }

  private async ask(request: FastifyRequest): Promise<Asker> {
    const identity = await this.door.identify(request);
    const { environmentId, keyId } = identity;
    return { environmentId, keyId, view: viewOf(identity) };
  }

  private async bodyFor({ environmentId, view }: Asker): Promise<SnapshotBody> {
    const body = this.keeper.body(environmentId, view);
    if (body !== undefined) return body;
    await this.keeper.refresh(environmentId);
    return this.keeper.body(environmentId, view) ?? refuse('snapshot.loading');
  }

  /** Someone who is ahead or holds something else was led there by another server: this one looks again before it sends them back. */
  private async nextOf({ environmentId, view }: Asker, { since, checksum }: Held): Promise<Delta | 'current'> {
    let next = this.keeper.since(environmentId, view, since, checksum);
    if (next === 'ahead' || next === 'different' || next === 'gone') {
      await this.keeper.refresh(environmentId);
      next = this.keeper.since(environmentId, view, since, checksum);
    }
    if (next === 'current' || typeof next === 'object') return next;
    if (next === 'gone') return refuse('snapshot.loading');
    const logged = next === 'too-old' ? await this.keeper.logged(environmentId, view, { since, checksum }) : undefined;
    return logged ?? refuse('snapshot.changes_gone');
  }
}

function markPrivate(reply: FastifyReply): FastifyReply {
  const vary = [reply.getHeader('vary'), 'accept-encoding', 'authorization'].filter((name) => name !== undefined);
  return reply.header('cache-control', 'private, no-cache').header('vary', vary.join(', '));
}
