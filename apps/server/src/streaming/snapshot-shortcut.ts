import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { acceptsGzip, bearerOf, holds, requestIdOf, type SnapshotBody, viewOf } from '@ballast/streaming';
import proxyAddr from '@fastify/proxy-addr';
import { Inject, Injectable } from '@nestjs/common';
import { type SdkIdentity, SdkKeys } from '../access/index.js';
import { Clock } from '../clock.js';
import { requestAnswered } from '../events.js';
import type { RateLimiter } from '../rate-limit.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { SnapshotKeeper } from '../snapshots/index.js';

const PATH = '/sdk/v1/snapshot';

interface Answer {
  readonly status: 200 | 304;
  readonly headers: readonly (readonly [string, string | number])[];
  readonly content?: Buffer;
}

/**
 * Answers the commonest request, the snapshot for a key that was looked up a moment ago, before the machinery of the framework, which costs
 * three times as much. It never refuses: whatever is not that simple is left to the ordinary route, whose answers these are to the letter.
 */
@Injectable()
export class SnapshotShortcut {
  private readonly isTrusted: (address: string, hop: number) => boolean;

  constructor(
    private readonly keys: SdkKeys,
    private readonly keeper: SnapshotKeeper,
    private readonly clock: Clock,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.isTrusted = proxyAddr.compile([...settings.trustedProxies]);
  }

  /** Whether it answered. */
  answer(request: IncomingMessage, response: ServerResponse, limiter: RateLimiter): boolean {
    if (request.method !== 'GET' || request.url !== PATH || !isPlain(request.headers)) return false;
    const began = performance.now();
    const identity = this.identify(request.headers);
    const body = identity && this.keeper.body(identity.environmentId, viewOf(identity));
    const answer = body && answerWith(body, request.headers);
    if (!answer) return false;
    const limit = limiter.take(
      { path: PATH, credential: request.headers.authorization, address: proxyAddr(request, this.isTrusted) },
      this.clock.now(),
    );
    if (limit === null || limit.retryAfter > 0) return false;
    const headers = [['x-request-id', requestIdOf(request)], ...Object.entries(limit.headers), ...answer.headers];
    response.writeHead(answer.status, headers.flat()).end(answer.content);
    requestAnswered({ method: 'GET', route: PATH, status: answer.status }, (performance.now() - began) / 1_000);
    return true;
  }

  private identify({ authorization }: IncomingHttpHeaders): SdkIdentity | null {
    const secret = bearerOf(authorization);
    const identity = secret === null ? null : this.keys.held(secret);
    return identity?.kind === 'relay' ? null : identity;
  }
}

/** No browser page of another origin, and nothing to read but the headers. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  return headers.origin === undefined && headers['transfer-encoding'] === undefined && headers['content-length'] === undefined;
}

function answerWith(body: SnapshotBody, headers: IncomingHttpHeaders): Answer | undefined {
  const common = [
    ['cache-control', 'private, no-cache'],
    ['vary', 'accept-encoding, authorization'],
    ['etag', body.etag],
  ] as const;
  if (holds(headers['if-none-match'], body.etag)) return { status: 304, headers: common };
  const isGzip = acceptsGzip(headers['accept-encoding']);
  const content = isGzip ? body.gzipped : body.json;
  if (content === undefined) return undefined;
  const encoding = isGzip ? ([['content-encoding', 'gzip']] as const) : [];
  const type = ['content-type', 'application/json; charset=utf-8'] as const;
  return { status: 200, headers: [...common, ...encoding, type, ['content-length', content.length]], content };
}
