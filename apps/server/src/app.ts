import { LIMITS } from '@ballast/api';
import { requestIdOf } from '@ballast/streaming';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { ApiDoor } from './access/index.js';
import { admitFirst } from './admission.js';
import { AppModule } from './app.module.js';
import { acceptJson } from './body-parsers.js';
import { Clock } from './clock.js';
import { addHooks } from './http-hooks.js';
import { NestLog, serverLog } from './log.js';
import { ProblemFilter, sendProblem } from './problem.filter.js';
import { RateLimiter } from './rate-limit.js';
import { obeyBodyLimits } from './route-bodies.js';
import { SchemaPipe } from './schema.pipe.js';
import type { Settings } from './settings/index.js';
import { ordinaryWay, tryFirst } from './shortcut.js';
import { OfrepDoor, RelayDoor, SdkDoor, SdkSocketAdapter, SnapshotShortcut } from './streaming/index.js';
import { IngestShortcut } from './telemetry/index.js';
import { answerUnreadable } from './unreadable.js';

/** What a caller may put in place of the usual: tests pass a log of their own. */
export interface AppOptions {
  readonly log?: Logger;
  /** Other rate limits than the usual. */
  readonly limiter?: RateLimiter;
  /** Another clock than the machine's. */
  readonly clock?: Clock;
  /** How long a request may take to come in. */
  readonly patienceMs?: number;
}

/** A body of the largest size comes in over a slow line; one that never ends takes up room. */
const PATIENCE_MS = 120_000;
/** How long the headers alone may take; Node.js takes the shorter time of the two for that of the headers. */
const HEADERS_MS = 60_000;
/** How often slow requests are looked for. */
const LOOK_MS = 30_000;

/** Builds the whole server, ready to listen; the same for `main.ts` and for tests. */
export async function createApp(settings: Settings, options: AppOptions = {}): Promise<NestFastifyApplication> {
  const log = options.log ?? serverLog(settings.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, options.clock),
    adapterFor(settings, log, options.patienceMs ?? PATIENCE_MS),
    {
      bodyParser: false,
      logger: new NestLog(log),
      abortOnError: false,
    },
  );
  const fastify = app.getHttpAdapter().getInstance();
  acceptJson(fastify);
  obeyBodyLimits(fastify);
  const limiter = options.limiter ?? new RateLimiter();
  addHooks(fastify, { settings, clock: app.get(Clock), limiter });
  admitFirst(fastify, { api: app.get(ApiDoor), sdk: app.get(SdkDoor), relay: app.get(RelayDoor), ofrep: app.get(OfrepDoor) });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new SchemaPipe());
  app.useWebSocketAdapter(new SdkSocketAdapter(app, settings));
  await app.init();
  const [snapshots, batches] = [app.get(SnapshotShortcut), app.get(IngestShortcut)];
  const ways = { limiter, ordinary: ordinaryWay(fastify) };
  // Where every answer is to be in the log, there is no shortcut.
  if (!log.isLevelEnabled('debug')) {
    tryFirst(fastify, (request, response) => snapshots.answer(request, response, limiter) || batches.answer(request, response, ways));
  }
  return app;
}

function adapterFor(settings: Settings, log: Logger, patienceMs: number): FastifyAdapter {
  return new FastifyAdapter({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: LIMITS.bodyBytes.max,
    requestTimeout: patienceMs,
    http: { headersTimeout: Math.min(HEADERS_MS, patienceMs), connectionsCheckingInterval: Math.min(LOOK_MS, patienceMs) },
    genReqId: requestIdOf,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(error, request, reply),
  });
}

/** A key of the longest kind, every character percent-encoded as UTF-8. */
const MAX_PARAM_LENGTH = LIMITS.keyLength.max * 12;
