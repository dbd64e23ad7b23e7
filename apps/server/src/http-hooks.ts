import type { Socket } from 'node:net';
import { corsHeaders } from '@ballast/streaming';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from './clock.js';
import { refuse } from './errors.js';
import { requestAnswered } from './events.js';
import type { RateLimiter } from './rate-limit.js';
import type { Settings } from './settings/index.js';

interface Rules {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
}

/** What happens to every request before and after its door: request id, CORS, rate limit, the log line, the metric. */
export function addHooks(fastify: FastifyInstance, { settings, clock, limiter }: Rules): void {
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    if (answersPreflight(request, reply, settings.allowedOrigins)) return reply;
    limit(request, reply, limiter.take(callerOf(request), clock.now()));
    return undefined;
  });
  letConnectionsEnd(fastify);
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)';
    const status = reply.statusCode;
    requestAnswered({ method: request.method, route, status }, reply.elapsedTime / 1_000);
    const line = { method: request.method, path: pathOf(request), status, ms: Math.round(reply.elapsedTime) };
    if (isWorthALine(request, status)) request.log.info(line, 'answered');
    else request.log.debug(line, 'answered');
  });
}

/** A stop closes idle connections; those that have asked nothing yet, or were busy then, must not hold it up. */
function letConnectionsEnd(fastify: FastifyInstance): void {
  let isStopping = false;
  const silent = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  fastify.server.on('request', ({ socket }) => silent.delete(socket));
  fastify.server.on('upgrade', ({ socket }) => silent.delete(socket));
  fastify.addHook('preClose', async () => {
    isStopping = true;
    for (const socket of silent) socket.destroy();
  });
  fastify.addHook('onSend', async (_request, reply) => {
    if (isStopping) void reply.header('connection', 'close');
  });
}

/** Sets the CORS headers; a preflight request is answered right here. */
function answersPreflight(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): boolean {
  const { method, url, headers } = request;
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  const cors = corsHeaders({ method, url, origin: headers.origin, isPreflight }, allowed);
  if (cors === null) return false;
  void reply.headers(cors);
  if (isPreflight) void reply.code(204).send();
  return isPreflight;
}

function limit(request: FastifyRequest, reply: FastifyReply, answer: ReturnType<RateLimiter['take']>): void {
  if (answer === null) return;
  void reply.headers(answer.headers);
  if (answer.retryAfter > 0 && request.method !== 'OPTIONS') refuse('rate_limited', { retryAfter: answer.retryAfter });
}

function callerOf(request: FastifyRequest): { path: string; credential: string | undefined; address: string } {
  const key = request.headers['x-api-key'];
  const credential = request.headers.authorization ?? (typeof key === 'string' ? key : undefined);
  return { path: pathOf(request), credential, address: request.ip };
}

/** Without the query, which may hold a secret. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** Changes and failures of the server are always in the log; reading is for `debug`. */
function isWorthALine(request: FastifyRequest, status: number): boolean {
  return status >= 500 || (request.method !== 'GET' && request.url.startsWith('/api/v1/'));
}
