import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerOf, Doorkeeper, type SdkIdentity, SdkKeys } from '../access/index.js';
import { refuse } from '../errors.js';

/** Lets the requests of SDKs in by their key. */
@Injectable()
export class SdkDoor {
  constructor(
    private readonly keys: SdkKeys,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  /** Whose request this is; refuses what no key opens, and relays: they have doors of their own. */
  async identify(request: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<SdkIdentity> {
    const identity = await this.doorkeeper.admit({ secret: bearerOf(request.headers.authorization), address: request.ip }, this.keys);
    return identity.kind === 'relay' ? refuse('auth.wrong_kind') : identity;
  }
}
