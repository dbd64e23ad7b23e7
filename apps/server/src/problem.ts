import { STATUS_CODES } from 'node:http';
import { problemsOf, type SchemaIssue } from '@ballast/api';
import { HttpException } from '@nestjs/common';
import { ZodError } from 'zod';
import { isConflict, isTimeout, isUnavailable, isUnstorableText } from './database-failures.js';
import { Refusal, type RefusalCode } from './errors.js';

const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  400: 'request.failed',
  404: 'route.not_found',
  405: 'request.not_allowed',
  413: 'body.too_large',
  415: 'body.unsupported_type',
  503: 'database.unavailable',
};

/** How soon to repeat a request that met a database in trouble. */
const RETRY_SECONDS = 1;

/** The refusal that an error amounts to, or null for one that nobody foresaw. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof ZodError) return invalidRequest(error.issues);
  if (isTimeout(error)) return new Refusal('database.timeout', { retryAfter: RETRY_SECONDS });
  if (isUnavailable(error)) return new Refusal('database.unavailable', { retryAfter: RETRY_SECONDS });
  if (isConflict(error)) return new Refusal('request.conflict');
  if (isUnstorableText(error))
    return new Refusal('request.invalid', {
      problems: [{ path: '', message: 'contains text that cannot be stored (NUL or a lone surrogate)' }],
    });
  return byStatus(statusOf(error));
}

/** The members of the problem that answers a request; without a refusal nothing is said of what went wrong. */
export function problemOf(refusal: Refusal | null, requestId: string, otherStatus?: number): Record<string, unknown> {
  const instance = `urn:request:${requestId}`;
  if (refusal === null) return { type: 'about:blank', title: STATUS_CODES[500], status: 500, code: 'internal', instance };
  const { title, message, code, facts } = refusal;
  return { ...facts, type: 'about:blank', title, status: otherStatus ?? refusal.status, detail: message, code, instance };
}

/** The refusal of a request whose parts do not fit their schema. */
export function invalidRequest(issues: readonly SchemaIssue[]): Refusal {
  return new Refusal('request.invalid', { problems: problemsOf(issues) });
}

function byStatus(status: number | null): Refusal | null {
  if (status === null) return null;
  const code = BY_STATUS[status];
  if (code !== undefined) return new Refusal(code);
  return status >= 400 && status < 500 ? new Refusal('request.failed') : null;
}

/** Status of an error that Nest or Fastify made. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return null;
}
