import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '../changes/index.js';
import { refuse } from '../errors.js';
import { ApiTokens } from './api-tokens.js';
import { bearerOf } from './bearer.js';
import { can } from './can.js';
import { Doorkeeper } from './doorkeeper.js';
import { type ActorRequest, REQUIRED_SCOPE } from './requires.js';

const ADMIN_API = '/api/v1';

/** The door of the admin API: no route below `/api/v1` is entered without a token that has its scope. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: ApiTokens,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<ActorRequest>();
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(REQUIRED_SCOPE, [context.getHandler(), context.getClass()]);
    const route = request.routeOptions.url ?? '';
    if (scope === undefined && route !== ADMIN_API && !route.startsWith(`${ADMIN_API}/`)) return true;
    const actor = await this.doorkeeper.admit({ secret: bearerOf(request.headers.authorization), address: request.ip }, this.tokens);
    if (!can(actor, scope ?? 'admin')) refuse('auth.forbidden', { scope: scope ?? 'admin' });
    request.actor = actor;
    return true;
  }
}
