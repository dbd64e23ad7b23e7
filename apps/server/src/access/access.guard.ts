import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Actor, Scope } from '../changes/index.js';
import { refuse } from '../errors.js';
import { ApiTokens } from './api-tokens.js';
import { bearerOf } from './bearer.js';
import { can } from './can.js';
import { FailureThrottle } from './failure-throttle.js';
import { type ActorRequest, REQUIRED_SCOPE } from './requires.js';

const ADMIN_API = '/api/v1';

/** The door of the admin API: no route below `/api/v1` is entered without a token that has its scope. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: ApiTokens,
    private readonly throttle: FailureThrottle,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<ActorRequest>();
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(REQUIRED_SCOPE, [context.getHandler(), context.getClass()]);
    const route = request.routeOptions.url ?? '';
    if (scope === undefined && route !== ADMIN_API && !route.startsWith(`${ADMIN_API}/`)) return true;
    const actor = await this.authenticate(request);
    if (!can(actor, scope ?? 'admin')) refuse('auth.forbidden', { scope: scope ?? 'admin' });
    request.actor = actor;
    return true;
  }

  private async authenticate(request: ActorRequest): Promise<Actor> {
    const secret = bearerOf(request.headers.authorization);
    if (secret === null) return refuse('auth.missing');
    if (!this.tokens.isHeld(secret)) this.throttle.check(request.ip);
    const found = await this.tokens.authenticate(secret);
    if (found) return found;
    this.throttle.failed(request.ip);
    return refuse('auth.invalid');
  }
}
