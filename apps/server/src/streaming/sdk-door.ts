import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerOf, FailureThrottle, type SdkIdentity, SdkKeys } from '../access/index.js';
import { refuse } from '../errors.js';

/** Lets the requests of SDKs in by their key. */
@Injectable()
export class SdkDoor {
  constructor(
    private readonly keys: SdkKeys,
    private readonly throttle: FailureThrottle,
  ) {}

  /** Whose request this is; refuses what no key opens. */
  async identify(request: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<SdkIdentity> {
    const secret = bearerOf(request.headers.authorization);
    if (secret === null) return refuse('auth.missing');
    if (!this.keys.isHeld(secret)) this.throttle.check(request.ip);
    const identity = await this.keys.authenticate(secret);
    if (identity !== null) return identity;
    this.throttle.failed(request.ip);
    return refuse('auth.invalid');
  }
}
