import type { FastifyRequest } from 'fastify';
import type { Refusal, RefusalCode } from './errors.js';
import { bytesField, type OtlpBody, PROTOBUF } from './otlp-body.js';

/** What is worth a second try, though its status says otherwise: exporters repeat 429, 502, 503 and 504 and nothing else. */
const PASSING: ReadonlySet<RefusalCode> = new Set(['request.conflict', 'request.timeout']);
/** Problems that are named in a message. */
const NAMED = 3;

/** What OTLP says when a request failed. */
export interface OtlpProblem extends OtlpBody {
  readonly status: number;
}

/** Whether a path is one of the doors that speak OTLP. */
export function isOtlp(path: string): boolean {
  return /^\/v1\/(?:traces|logs)\/?(?:\?|$)/.test(path);
}

/** Whether a request speaks the binary form of OTLP. */
export function isBinary({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['content-type']?.startsWith(PROTOBUF) ?? false;
}

/** The answer to an OTLP request that failed, a `google.rpc.Status` in the form of the request; null for other doors. */
export function otlpProblem(request: Pick<FastifyRequest, 'headers' | 'url'>, refusal: Refusal | null): OtlpProblem | null {
  if (!isOtlp(request.url)) return null;
  const status = refusal !== null && PASSING.has(refusal.code) ? 503 : (refusal?.status ?? 500);
  const message = refusal === null ? 'The server failed' : messageOf(refusal);
  return isBinary(request)
    ? { status, type: PROTOBUF, body: bytesField(2, Buffer.from(message)) }
    : { status, type: 'application/json', body: JSON.stringify({ message }) };
}

function messageOf({ message, facts: { problems } }: Refusal): string {
  if (!Array.isArray(problems)) return message;
  const named = problems.slice(0, NAMED).map((problem: { path: string; message: string }) => `${problem.path} ${problem.message}`.trim());
  return named.join('; ');
}
