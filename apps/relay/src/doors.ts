import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bearerOf, corsHeaders, type KeyEntry, requestIdOf } from '@ballast/streaming';
import { type Answer, type Call, problemAnswer, Refusal, refuse, send } from './answer.js';
import { hasBody } from './body.js';
import type { KeyLookup } from './key-lookup.js';
import type { Log } from './log.js';

/** One door: who may enter, and what is answered. */
export type Door =
  | { readonly for: 'sdk' | 'relay'; readonly answer: (call: Call, key: KeyEntry) => Promise<Answer> }
  | { readonly for: 'everybody'; readonly answer: (call: Call) => Promise<Answer> };

/** All doors by `METHOD path`, and what they need. */
export interface DoorsOptions {
  readonly doors: Readonly<Record<string, Door>>;
  readonly keys: KeyLookup;
  readonly allowedOrigins: readonly string[];
  readonly log: Log;
}

/** Answers HTTP requests: the caller is known before anything of the body is read. */
export function doorsListener(options: DoorsOptions): RequestListener {
  return (request, response) => void handle(request, response, options);
}

async function handle(request: IncomingMessage, response: ServerResponse, options: DoorsOptions): Promise<void> {
  const requestId = requestIdOf(request);
  response.setHeader('x-request-id', requestId);
  if (answersPreflight(request, response, options.allowedOrigins)) return;
  try {
    send(response, await answerTo(callOf(request), options));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : null;
    if (refusal === null) options.log.error('request failed', { error: String(error), requestId });
    // What nobody vouched for is not read to its end.
    if (!request.complete && hasBody(request)) response.setHeader('connection', 'close');
    if (!response.headersSent) send(response, problemAnswer(refusal, requestId));
  }
}

function callOf(request: IncomingMessage): Call {
  // As it came: a URL would take what follows two strokes for a host, and fail for some.
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  return { request, path, query: new URLSearchParams(query) };
}

async function answerTo(call: Call, { doors, keys }: DoorsOptions): Promise<Answer> {
  const method = call.request.method === 'HEAD' ? 'GET' : call.request.method;
  const name = `${method} ${call.path}`;
  const door = Object.hasOwn(doors, name) ? doors[name] : undefined;
  if (door === undefined) return refuse('route.not_found');
  if (door.for === 'everybody') return door.answer(call);
  const secret = bearerOf(call.request.headers.authorization) ?? refuse('auth.missing');
  const key = await keys.find(secret);
  if ('status' in key) return refuse(key.code, key.status === 401 ? {} : { retryAfter: 1 });
  if ((key.kind === 'relay') !== (door.for === 'relay')) refuse('auth.wrong_kind');
  return door.answer(call, key);
}

/** Sets the CORS headers; a preflight request is answered right here. */
function answersPreflight(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): boolean {
  const { method = '', url = '', headers } = request;
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  const cors = corsHeaders({ method, url, origin: headers.origin, isPreflight }, allowed);
  if (cors === null) return false;
  for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
  if (isPreflight) response.writeHead(204).end();
  return isPreflight;
}
