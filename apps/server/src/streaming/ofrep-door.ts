import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiTokens, bearerOf, Doorkeeper, type SdkIdentity, SdkKeys } from '../access/index.js';
import { Refusal, refuse } from '../errors.js';

/** Whose request it is, and the secret that opened the door. */
export interface Visit {
  readonly identity: SdkIdentity;
  readonly secret: string;
}

/** Lets OFREP clients in by their SDK key, in either of the two headers that the protocol knows. */
@Injectable()
export class OfrepDoor {
  constructor(
    private readonly keys: SdkKeys,
    private readonly apiTokens: ApiTokens,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  /** Refuses with 401 what opens nothing, with 403 a valid API token or the key of a relay, and with 429 an address that failed too often. */
  async identify(request: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<Visit> {
    const secret = secretOf(request.headers);
    try {
      const identity = await this.doorkeeper.admit({ secret, address: request.ip }, this.keys);
      return identity.kind === 'relay' ? refuse('auth.wrong_kind') : { identity, secret: secret ?? '' };
    } catch (error) {
      if (error instanceof Refusal && error.code === 'auth.invalid' && secret !== null) await this.turnAwayApiToken(secret);
      throw error;
    }
  }

  private async turnAwayApiToken(secret: string): Promise<void> {
    if ((await this.apiTokens.authenticate(secret)) !== null) refuse('auth.wrong_kind');
  }
}

/** `Authorization: Bearer`, else `X-API-Key`. */
function secretOf(headers: FastifyRequest['headers']): string | null {
  const apiKey = headers['x-api-key'];
  return bearerOf(headers.authorization) ?? (typeof apiKey === 'string' ? bearerOf(`Bearer ${apiKey}`) : null);
}
