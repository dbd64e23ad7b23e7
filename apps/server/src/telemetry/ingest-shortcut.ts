import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { LIMITS } from '@ballast/api';
import { bearerOf, receiptOf, requestIdOf, viewOf } from '@ballast/streaming';
import proxyAddr from '@fastify/proxy-addr';
import { Inject, Injectable } from '@nestjs/common';
import { type SdkIdentity, SdkKeys } from '../access/index.js';
import { jsonOf } from '../body-parsers.js';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { requestAnswered } from '../events.js';
import type { RateLimiter } from '../rate-limit.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { readEnvelope } from './envelope.js';
import { Ingest } from './ingest.service.js';

const PATH = '/sdk/v1/telemetry';

/** What a request is passed on with: its body, and how counting it has failed. */
interface PassedOn {
  readonly payload: Buffer;
  readonly failure?: { readonly error: unknown } | undefined;
}

/** Answers a request whose body was read already the ordinary way. */
export type OrdinaryWay = (request: IncomingMessage, passedOn: PassedOn, response: ServerResponse) => Promise<void>;

/** Whose key it is; null when that is not for the shortcut to say. */
type Identified = SdkIdentity | null;

/** What a shortcut goes by. */
export interface Ways {
  readonly limiter: RateLimiter;
  readonly ordinary: OrdinaryWay;
}

/**
 * Takes batches of back ends in before the machinery of the framework, when their key was looked up a moment ago. It says nothing but that a
 * batch was counted; whatever else is to be said is said by the ordinary route, which gets the request as it came.
 */
@Injectable()
export class IngestShortcut {
  private readonly isTrusted: (address: string, hop: number) => boolean;

  constructor(
    private readonly keys: SdkKeys,
    private readonly ingest: Ingest,
    private readonly clock: Clock,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.isTrusted = proxyAddr.compile([...settings.trustedProxies]);
  }

  /** Whether it answers. */
  answer(request: IncomingMessage, response: ServerResponse, ways: Ways): boolean {
    if (request.method !== 'POST' || request.url !== PATH || !isPlain(request.headers)) return false;
    const identity = this.identify(request.headers);
    if (identity === null) return false;
    const caller = { path: PATH, credential: request.headers.authorization, address: proxyAddr(request, this.isTrusted) };
    const limit = ways.limiter.take(caller, this.clock.now());
    if (limit === null || limit.retryAfter > 0) return false;
    const began = performance.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', async () => {
      const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
      const receipt = await this.count(identity, body);
      if (typeof receipt !== 'string') {
        ways.limiter.giveBack(caller);
        return await ways.ordinary(request, { payload: body, ...receipt }, response);
      }
      const headers = { 'x-request-id': requestIdOf(request), ...limit.headers, 'content-type': 'application/json; charset=utf-8' };
      response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(receipt) }).end(receipt);
      requestAnswered({ method: 'POST', route: PATH, status: 200 }, (performance.now() - began) / 1_000);
    });
    return true;
  }

  /** What to say of a batch that was counted, now or before; null, or how counting has failed, for all others. */
  private async count(caller: Identified | Promise<Identified>, body: Buffer): Promise<string | null | Pick<PassedOn, 'failure'>> {
    const identity = await caller;
    if (identity === null || identity.kind === 'relay') return null;
    const envelope = envelopeOf(body);
    if (envelope === null || 'problems' in envelope) return null;
    try {
      const [verdict] = await this.ingest.take(identity.environmentId, [{ view: viewOf(identity), envelope }]);
      return verdict === undefined || verdict.outcome === 'expired' ? refuse('telemetry.expired') : JSON.stringify(receiptOf(verdict));
    } catch (error) {
      return { failure: { error } };
    }
  }

  /** What was valid a moment ago is looked up again while the body is read, once for all who come meanwhile. */
  private identify({ authorization }: IncomingHttpHeaders): Identified | Promise<Identified> {
    const secret = bearerOf(authorization);
    if (secret === null) return null;
    const identity = this.keys.held(secret);
    if (identity !== null) return identity.kind === 'relay' ? null : identity;
    return this.keys.isHeld(secret) ? this.keys.authenticate(secret).catch(() => null) : null;
  }
}

/** What a body holds; null where the ordinary route says why nobody can read it. */
function envelopeOf(body: Buffer): ReturnType<typeof readEnvelope> | null {
  try {
    return readEnvelope(jsonOf(body));
  } catch {
    return null;
  }
}

/** No browser page of another origin, and JSON as it is, not longer than a batch may be. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  const isAsItIs = headers['content-encoding'] === undefined && headers['transfer-encoding'] === undefined && headers.expect === undefined;
  const length = Number(headers['content-length'] ?? 0);
  const fits = length > 0 && length <= LIMITS.telemetryBatchBytes.max;
  return headers.origin === undefined && headers['content-type'] === 'application/json' && isAsItIs && fits;
}
