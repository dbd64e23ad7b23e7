import type { IncomingMessage, ServerResponse } from 'node:http';
import { DOOR_CODES, type DoorCode, detailOf, PROBLEM_TYPE } from '@ballast/streaming';

/** The name of a refusal. */
type RefusalCode = keyof typeof DOOR_CODES;

/** A request that is not carried out, and why. */
export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    readonly facts: { readonly [name: string]: unknown } = {},
  ) {
    super(code);
  }
}

/** Refuses a request; it is answered with a problem. */
export function refuse(code: RefusalCode, facts?: { readonly [name: string]: unknown }): never {
  throw new Refusal(code, facts);
}

/** What a door answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A request at a door. */
export interface Call {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** JSON as an answer. */
export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(value) };
}

/** The problem that a refusal is answered with; without one nothing is said of what went wrong. */
export function problemAnswer(refusal: Refusal | null, requestId: string): Answer {
  const instance = `urn:request:${requestId}`;
  const headers = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' };
  if (refusal === null) {
    const problem = { type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'internal', instance };
    return { status: 500, headers, body: JSON.stringify(problem) };
  }
  const { code, facts } = refusal;
  const said: DoorCode = DOOR_CODES[code];
  const { status, title } = said;
  const { retryAfter } = facts;
  const problem = { ...facts, type: 'about:blank', title, status, detail: detailOf(said, facts), code, instance };
  return {
    status,
    headers: {
      ...headers,
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
    body: JSON.stringify(problem),
  };
}

/** Sends an answer under headers that are set already. */
export function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const isBare = status === 204 || status === 304;
  response.writeHead(status, isBare ? headers : { ...headers, 'content-length': Buffer.byteLength(body ?? '') });
  response.end(isBare ? undefined : body);
}
