import { LIMITS } from '@ballast/api';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { catchError, from, mergeMap, type Observable, of, throwError } from 'rxjs';
import { z } from 'zod';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { fingerprintOf, KEY_RULE, parseIdempotencyKey, withoutSecret } from './idempotency.js';
import { type Claim, type FormerRequest, type Horizons, IdempotencyStore, type NamedRequest } from './idempotency.store.js';
import type { ActorRequest } from './requires.js';

/** A request that has saved nothing for this long was cut off with its server, or is as good as that: its name may be used again, and it saves nothing after that. */
const ABANDONED_MS = 10_000;
/** A request that is done and has no answer for this long was cut off. A kill that waits for its arrival is done long before it is answered. */
const LOST_MS = 60_000;

const KEPT_MS = LIMITS.idempotencyHours.max * 3_600_000;

const stored = z.object({ headers: z.record(z.string(), z.string()), body: z.unknown() });

/** Headers that belong to the answer of a creation. */
const KEPT_HEADERS = ['location', 'etag'] as const;

/** Answers a POST that is sent again under the same `Idempotency-Key` with its first answer instead of doing it twice. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly clock: Clock,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<ActorRequest>();
    const named = nameOf(request);
    if (!named) return next.handle();
    const now = this.clock.now();
    const claim = { ...named, at: new Date(now) };
    const former = await this.store.claim(named, horizonsAt(now));
    request.alongside = async (tx) => {
      if (!(await this.store.markDone(tx, claim))) refuse('idempotency.in_progress', { retryAfter: 1 });
    };
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return former ? of(answerAgain(former, named, reply)) : this.run(claim, next, reply);
  }

  private run(claim: Claim, next: CallHandler, reply: FastifyReply): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (body: unknown) => {
        const headers = Object.fromEntries(
          KEPT_HEADERS.map((name) => [name, reply.getHeader(name)]).filter(([, value]) => value !== undefined),
        );
        await this.store.settle(claim, { status: reply.statusCode, body: JSON.stringify({ headers, body: withoutSecret(body) }) });
        return body;
      }),
      // What failed has saved nothing: the same name may try again.
      catchError((error: unknown) => from(this.store.release(claim)).pipe(mergeMap(() => throwError(() => error)))),
    );
  }
}

function horizonsAt(now: number): Horizons {
  const ago = (ms: number) => new Date(now - ms);
  return { now: new Date(now), forgotten: ago(KEPT_MS), abandoned: ago(ABANDONED_MS), lost: ago(LOST_MS) };
}

function nameOf(request: ActorRequest): NamedRequest | null {
  const header = request.headers['idempotency-key'];
  if (request.method !== 'POST' || !request.actor || header === undefined) return null;
  const key = parseIdempotencyKey(String(header));
  if (key === null) return refuse('request.invalid', { problems: [{ path: '/headers/idempotency-key', message: KEY_RULE }] });
  return { actor: request.actor.name, key, fingerprint: fingerprintOf(request) };
}

function answerAgain(former: FormerRequest, named: NamedRequest, reply: FastifyReply): unknown {
  if (!Buffer.from(former.fingerprint).equals(named.fingerprint)) return refuse('idempotency.key_reused');
  if (former.isLost) return refuse('idempotency.answer_lost');
  if (former.status === null || former.body === null) return refuse('idempotency.in_progress', { retryAfter: 1 });
  const { headers, body } = stored.parse(JSON.parse(former.body));
  reply.status(former.status).headers({ ...headers, 'idempotency-replayed': 'true' });
  return body;
}
