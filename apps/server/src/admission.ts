import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ActorRequest, isAdminApi } from './access/index.js';
import { refuse } from './errors.js';
import { isOtlp } from './otlp-problem.js';

/** Who decides about the callers of each part of the API. */
export interface Doors {
  readonly api: { enter(request: ActorRequest): Promise<void> };
  readonly sdk: SdkDoor;
  readonly relay: SdkDoor;
  readonly ofrep: SdkDoor;
}

interface SdkDoor {
  identify(request: FastifyRequest): Promise<unknown>;
}

/** A body of this size has come along with its headers; it costs nothing to throw it away and keep the connection. */
const SMALL_BODY = 65_536;

/** Decides about a caller before anything of the request is looked at: what nobody vouches for takes up no memory, and is told nothing. */
export function admitFirst(fastify: FastifyInstance, doors: Doors): void {
  fastify.addHook('onRequest', async (request) => {
    if (request.is404) refuse('route.not_found');
    const route = request.routeOptions.url ?? '';
    if (isAdminApi(route)) return doors.api.enter(request);
    const door = doorOf(route, doors);
    // The stream of OFREP is opened by a token in its address, which its route looks at.
    if (door !== null && (door !== doors.ofrep || request.method === 'POST' || hasBody(request))) await door.identify(request);
    return undefined;
  });
  fastify.addHook('onSend', async (request, reply) => {
    if (!request.raw.complete && isLarge(request)) void reply.header('connection', 'close');
  });
}

function doorOf(route: string, { sdk, relay, ofrep }: Doors): SdkDoor | null {
  if (route.startsWith('/sdk/v1/relay/')) return relay;
  if (route.startsWith('/sdk/v1/')) return sdk;
  return route.startsWith('/ofrep/') || isOtlp(route) ? ofrep : null;
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isLarge({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > SMALL_BODY;
}
