import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerOf, Doorkeeper, type SdkIdentity, SdkKeys } from '../access/index.js';
import { refuse } from '../errors.js';

/** Lets the requests of relays in by their key. */
@Injectable()
export class RelayDoor {
  constructor(
    private readonly keys: SdkKeys,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  /** Which relay this is; refuses what no key opens, and SDKs. */
  async identify(request: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<SdkIdentity> {
    const identity = await this.doorkeeper.admit({ secret: bearerOf(request.headers.authorization), address: request.ip }, this.keys);
    return identity.kind === 'relay' ? identity : refuse('auth.wrong_kind');
  }
}
