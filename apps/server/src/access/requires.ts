import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor, Scope, WriteRequest } from '../changes/index.js';

/** Where a route keeps the scope it asks for. */
export const REQUIRED_SCOPE = 'ballast:scope';

/** A request of the admin API, after the door let it in; `alongside` is for its write to save. */
export type ActorRequest = FastifyRequest & { actor?: Actor; alongside?: WriteRequest['alongside'] };

/** The scope that a route of the admin API asks for; a route without one asks for `admin`, and `trigger` opens the door itself. */
export const Requires = (scope: Scope | 'trigger') => SetMetadata(REQUIRED_SCOPE, scope);

/** Who is calling. */
export const CurrentActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): Actor => actorOf(context.switchToHttp().getRequest<ActorRequest>()),
);

/** The actor that the door found. */
export function actorOf(request: ActorRequest): Actor {
  if (!request.actor) throw new Error('a route outside the admin API has no actor');
  return request.actor;
}

const ADMIN_API = '/api/v1';

/** The doors of triggers lie in the admin API, and no token opens them. */
const TRIGGERS = `${ADMIN_API}/triggers/`;

/** Whether a route belongs to the admin API, where nothing is open to everybody. */
export function isAdminApi(route: string): boolean {
  if (route.startsWith(TRIGGERS)) return false;
  return route === ADMIN_API || route.startsWith(`${ADMIN_API}/`);
}
