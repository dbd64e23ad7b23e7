import { bearerOf } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { ApiTokens } from './api-tokens.js';
import { Doorkeeper } from './doorkeeper.js';
import type { ActorRequest } from './requires.js';

/** Lets the requests of the admin API in by their token. */
@Injectable()
export class ApiDoor {
  constructor(
    private readonly tokens: ApiTokens,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  /** Finds out whose request this is and leaves it there for the guard; refuses what no token opens. */
  async enter(request: ActorRequest): Promise<void> {
    request.actor = await this.doorkeeper.admit({ secret: bearerOf(request.headers.authorization), address: request.ip }, this.tokens);
  }
}
