import { PROBLEM_TYPE } from '@ballast/streaming';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ofrepProblem } from './ofrep-problem.js';
import { otlpProblem } from './otlp-problem.js';
import { problemOf, refusalOf } from './problem.js';

/** Turns whatever was thrown into `application/problem+json`; what nobody foresaw is logged and stays hidden. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** Answers an error of any kind. Does nothing if an answer is already on its way. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error);
  if (refusal === null) request.log.error({ err: error }, 'request failed');
  else if (refusal.status >= 500) request.log.warn({ err: error }, 'request could not be answered');
  if (reply.sent) return;
  const ofrep = ofrepProblem(request.url, refusal);
  const otlp = otlpProblem(request, refusal);
  const { retryAfter } = refusal?.facts ?? {};
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
  if (refusal?.status === 401) void reply.header('www-authenticate', 'Bearer');
  if (otlp !== null) return void reply.code(otlp.status).header('cache-control', 'no-store').type(otlp.type).send(otlp.body);
  return void reply
    .code(ofrep?.status ?? refusal?.status ?? 500)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(JSON.stringify({ ...ofrep?.members, ...problemOf(refusal, request.id, ofrep?.status) }));
}
