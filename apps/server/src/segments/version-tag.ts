import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, tap } from 'rxjs';

/** Sends the version of what is answered as its ETag. */
export class VersionTag implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap((body: unknown) => tag(reply, body)));
  }
}

function tag(reply: FastifyReply, body: unknown): void {
  if (typeof body === 'object' && body !== null && 'version' in body && typeof body.version === 'number')
    reply.header('ETag', `"${body.version}"`);
}
