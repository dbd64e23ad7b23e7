const PREFIXES = ['/sdk/v1/', '/ofrep/', '/v1/traces', '/v1/logs'];
const ALLOWED = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers':
    'content-type, content-encoding, authorization, ballast-instance, idempotency-key, x-api-key, if-none-match, last-event-id, x-request-id',
  'access-control-max-age': '7200',
};
const EXPOSED = { 'access-control-expose-headers': 'ETag, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id' };

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly origin: string | undefined;
  readonly isPreflight: boolean;
}

/** What to tell a browser that calls an SDK door from another origin; null where that is nothing of ours. */
export function corsHeaders({ method, url, origin, isPreflight }: Asked, allowed: readonly string[]): Record<string, string> | null {
  if (origin === undefined || !PREFIXES.some((prefix) => url.startsWith(prefix))) return null;
  const vary = { vary: 'origin' };
  if (!allowed.includes('*') && !allowed.includes(origin)) return vary;
  const open = { ...vary, 'access-control-allow-origin': allowed.includes('*') ? '*' : origin };
  return method === 'OPTIONS' && isPreflight ? { ...open, ...ALLOWED } : { ...open, ...EXPOSED };
}
