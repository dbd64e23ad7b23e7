import { OpenScope, type RequestOutcome } from './request-scope.js';

/** What is needed of a request: Node's own, and whatever extends it. */
export interface ScopedRequest {
  /** Calls listeners; from the middleware on they run within the scope. */
  emit(event: string | symbol, ...values: unknown[]): boolean;
  /** The connection it came by. */
  readonly socket?: ScopedSocket | null | undefined;
}

/** What is needed of a response: Node's own, and whatever extends it. */
export interface ScopedResponse {
  /** The status it ends with: 500 and more are failures. */
  readonly statusCode: number;
  /** What broke it off. */
  readonly errored?: Error | null;
  /** Of HTTP/2: how its stream was closed. */
  readonly stream?: { readonly rstCode?: number | undefined } | null | undefined;
  /** Calls listeners; from the middleware on they run within the scope. */
  emit(event: string | symbol, ...values: unknown[]): boolean;
  /** Tells once that the response was sent (`finish`), or that nothing more will be (`close`). */
  once(event: 'finish' | 'close', listener: () => void): unknown;
}

/** What is needed of a connection. */
export interface ScopedSocket {
  /** Whether the client has said that it sends no more. */
  readonly readableEnded?: boolean;
  /** What broke it off. */
  readonly errored?: Error | null;
}

/** A middleware of Express, Connect or NestJS. */
export type RequestMiddleware = (request: ScopedRequest, response: ScopedResponse, next: (error?: unknown) => void) => void;

/** What is needed of a Fastify instance. */
export interface ScopedFastify {
  /** Calls a hook for each request before anything else. */
  addHook(
    name: 'onRequest',
    hook: (request: { readonly raw: ScopedRequest }, reply: { readonly raw: ScopedResponse }, done: () => void) => void,
  ): unknown;
}

/** A plugin for Fastify's `register`. */
export type FastifyScopePlugin = (fastify: ScopedFastify, options: unknown, done: () => void) => void;

/** The code with which a client of HTTP/2 gives a request up. */
const CANCEL = 8;

/** Requests that have a scope already: a middleware that is installed twice counts once. */
const scoped = new WeakSet<ScopedRequest>();

/**
 * Makes a middleware for Express, Connect and NestJS (`app.use(requestScope())`, on either platform of NestJS), to be installed before
 * whatever evaluates flags. Each flag that is evaluated while a request is handled gets the outcome of that request once, with the
 * latency from here to the end of the response in milliseconds: a failure when the status is 500 or more or the response breaks off,
 * nothing when the client went away before the end, else a success.
 */
export function requestScope(): RequestMiddleware {
  return enter;
}

/** The same as a plugin of Fastify: `await app.register(fastifyRequestScope)`, for all routes of the application. */
export const fastifyRequestScope: FastifyScopePlugin = Object.assign(installHook, {
  // Fastify's way to say that a plugin is for the application that registers it, not for a child of its own.
  [Symbol.for('skip-override')]: true,
});

function installHook(fastify: ScopedFastify, _options: unknown, done: () => void): void {
  fastify.addHook('onRequest', (request, reply, next) => enter(request.raw, reply.raw, next));
  done();
}

function enter(request: ScopedRequest, response: ScopedResponse, next: () => void): void {
  if (scoped.has(request)) {
    next();
    return;
  }
  scoped.add(request);
  const scope = new OpenScope();
  bind(request, scope);
  bind(response, scope);
  response.once('finish', () => scope.end(finished(response)));
  response.once('close', () => scope.end(brokenOff(request, response)));
  scope.run(next);
}

/** Events of a request, such as the parts of its body, come from its connection: their listeners belong to the request nevertheless. */
function bind(emitter: Pick<ScopedRequest, 'emit'>, scope: OpenScope): void {
  const emit = emitter.emit;
  emitter.emit = (event, ...values) => scope.run(() => emit.call(emitter, event, ...values));
}

/** How a response ended; one of HTTP/2 says that it is finished also when its stream was reset, by the client with CANCEL. */
function finished({ statusCode, stream }: ScopedResponse): RequestOutcome {
  const reset = stream?.rstCode ?? 0;
  if (statusCode >= 500) return 'failure';
  if (reset === 0) return 'success';
  return reset === CANCEL ? 'aborted' : 'failure';
}

/**
 * Whose doing it was that a response of HTTP/1 ended early: a connection that closed without a sign from the other end was closed here.
 */
function brokenOff({ socket }: ScopedRequest, { statusCode, errored }: ScopedResponse): RequestOutcome {
  const closedHere = socket?.readableEnded === false && !socket.errored;
  return statusCode >= 500 || errored || closedHere ? 'failure' : 'aborted';
}
