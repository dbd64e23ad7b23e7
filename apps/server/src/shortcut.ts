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
