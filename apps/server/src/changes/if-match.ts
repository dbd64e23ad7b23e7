import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refuse } from '../errors.js';

/** Versions that a writer has seen; `any`: it only wants something to be there; null: it did not say. */
export type ExpectedVersions = readonly string[] | 'any' | null;

/** Reads `If-Match`; weak tags count, since proxies weaken them. Null when the header makes no sense. */
export function parseIfMatch(header: string): ExpectedVersions {
  if (header.trim() === '*') return 'any';
  const tags = header.split(',').map((part) => /^\s*(?:W\/)?"([\x21\x23-\x7e]*)"\s*$/.exec(part)?.[1]);
  const known = tags.filter((tag) => tag !== undefined);
  return known.length === tags.length ? known : null;
}

/** The versions that the request's `If-Match` names. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): ExpectedVersions => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined) return null;
  const message = 'must be *, or quoted tags separated by commas';
  return parseIfMatch(header) ?? refuse('request.invalid', { problems: [{ path: '/headers/if-match', message }] });
});

/** Refuses a write by somebody who has not seen the current version; `current` is what they should look at. */
export function expectVersion(expected: ExpectedVersions, version: number, current: () => unknown): void {
  if (expected === null || expected === 'any' || expected.includes(String(version))) return;
  refuse('config.stale', { current: current() });
}
