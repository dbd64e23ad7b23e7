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

/** Answers a request as if it had come the ordinary way, from its headers and the body that somebody has read. */
export function ordinaryWay(fastify: FastifyInstance) {
  return async ({ url = '/', headers, socket }: IncomingMessage, payload: Buffer, response: ServerResponse): Promise<void> => {
    try {
      const answer = await fastify.inject({ method: 'POST', url, headers, payload, remoteAddress: socket.remoteAddress ?? '' });
      // Whether the connection stays is not for the answer to say, unless it is to end.
      const { connection, ...others } = answer.headers;
      response.writeHead(answer.statusCode, connection === 'close' ? answer.headers : others).end(answer.rawPayload);
    } catch {
      response.destroy();
    }
  };
}
