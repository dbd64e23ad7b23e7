import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '../changes/index.js';
import { refuse } from '../errors.js';
import { can } from './can.js';
import { type ActorRequest, isAdminApi, REQUIRED_SCOPE } from './requires.js';

/** The guard of the admin API: whoever the door let in needs the scope of the route. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<ActorRequest>();
    const scope = this.reflector.getAllAndOverride<Scope | 'trigger' | undefined>(REQUIRED_SCOPE, [
      context.getHandler(),
      context.getClass(),
    ]);
    // A trigger knows its own secret: its door is its controller.
    if (scope === 'trigger') return true;
    if (scope === undefined && !isAdminApi(request.routeOptions.url ?? '')) return true;
    const actor = request.actor ?? refuse('auth.missing');
    return can(actor, scope ?? 'admin') || refuse('auth.forbidden', { scope: scope ?? 'admin' });
  }
}
