import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Asks `answer` about every request first; what it does not answer, and everything once the server stops, goes the ordinary way. */
export function tryFirst(fastify: FastifyInstance, answer: (request: IncomingMessage, response: ServerResponse) => boolean): void {
  let isStopping = false;
  fastify.addHook('preClose', async () => {
    isStopping = true;
  });
  const { server } = fastify;
  const ordinary = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!isStopping && answer(request, response)) return;
    for (const listener of ordinary) listener.call(server, request, response);
  });
}

/** How what was done for a request has failed before it was passed on: the ordinary way says so, and does not do it again. */
const failures = new AsyncLocalStorage<{ readonly error: unknown }>();

/** Throws what has failed already for the request that is being answered. */
export function throwFailure(): void {
  const failure = failures.getStore();
  if (failure !== undefined) throw failure.error;
}

/** Answers a request as if it had come the ordinary way, from its headers and the body that somebody has read. */
export function ordinaryWay(fastify: FastifyInstance) {
  return async (
    { url = '/', headers, socket }: IncomingMessage,
    { payload, failure }: { readonly payload: Buffer; readonly failure?: { readonly error: unknown } | undefined },
    response: ServerResponse,
  ): Promise<void> => {
    // What is injected is only asked when it is waited for.
    const ask = async () => await fastify.inject({ method: 'POST', url, headers, payload, remoteAddress: socket.remoteAddress ?? '' });
    try {
      const answer = await (failure === undefined ? ask() : failures.run(failure, ask));
      // Whether the connection stays is not for the answer to say, unless it is to end.
      const { connection, ...others } = answer.headers;
      response.writeHead(answer.statusCode, connection === 'close' ? answer.headers : others).end(answer.rawPayload);
    } catch {
      response.destroy();
    }
  };
}
