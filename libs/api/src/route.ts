import type { z } from 'zod';
import type { Scope } from './access.js';

/** One operation of the HTTP API: what the OpenAPI document, the clients and the tests know of it. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Path with `{parameters}`. */
  readonly path: string;
  /** Unique name of the operation. */
  readonly id: string;
  /** Group it is shown in. */
  readonly tag: string;
  readonly summary: string;
  /** Scope of the token it asks for; `sdk`: an SDK key; `trigger`: the secret or signature of a trigger; null: open to everybody. */
  readonly access: Scope | 'sdk' | 'trigger' | null;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Media types of the body; JSON unless said otherwise. */
  readonly bodyTypes?: readonly string[];
  /** Request headers it understands beside the usual ones. */
  readonly headers?: readonly RouteHeader[];
  /** The answer when all goes well; without schema there is no body. */
  readonly answer: RouteAnswer;
  /** Statuses of further answers without a body of their own, such as 304. */
  readonly also?: readonly RouteAnswer[];
  /** Statuses of problems beside those every route of its kind has. */
  readonly problems?: readonly number[];
}

/** A request header. */
export interface RouteHeader {
  readonly name: string;
  readonly summary: string;
}

/** One answer of an operation. */
export interface RouteAnswer {
  readonly status: number;
  readonly schema?: z.ZodType;
  /** Media type of the body; JSON unless said otherwise. */
  readonly type?: string;
  readonly summary?: string;
  readonly headers?: readonly RouteHeader[];
}

/** Header that names a creation, so that it can be sent again safely. */
export const IDEMPOTENCY_KEY: RouteHeader = {
  name: 'Idempotency-Key',
  summary: 'Names this request for 24 hours: sent again, it is answered again and not done again. Quoted or not.',
};

/** Header that makes a write depend on what its writer has seen. */
export const IF_MATCH: RouteHeader = {
  name: 'If-Match',
  summary: 'The ETag that was read; when it is stale the answer is 412 with the current state.',
};

/** Header that tells the address of what was created. */
export const LOCATION: RouteHeader = { name: 'Location', summary: 'Path of what was created' };

/** Header that names the version of what is answered. */
export const ETAG: RouteHeader = { name: 'ETag', summary: 'Version of what is answered' };
