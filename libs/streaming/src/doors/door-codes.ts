/** What is said with a code; `{name}` in a detail stands for a fact. */
export interface DoorCode {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
}

/** The codes that an SDK may be answered with, by a server and by a relay alike. */
export const DOOR_CODES = {
  'auth.invalid': { status: 401, title: 'Credential not valid', detail: 'The credential is unknown, expired or revoked' },
  'auth.missing': { status: 401, title: 'Credential missing', detail: 'Send it as: Authorization: Bearer …' },
  'auth.throttled': { status: 429, title: 'Too many failed attempts' },
  'auth.wrong_kind': { status: 403, title: 'Not allowed', detail: 'A credential of another kind opens this' },
  'body.malformed': { status: 400, title: 'Body cannot be read' },
  'body.too_deep': { status: 400, title: 'Body nested too deeply', detail: 'A body may be nested {max} levels deep' },
  'body.too_large': { status: 413, title: 'Body too large' },
  'body.unsupported_type': { status: 415, title: 'Content type not supported' },
  'relay.cut_off': { status: 503, title: 'Relay cut off', detail: 'This relay does not reach the server it speaks for; come back later' },
  'request.failed': { status: 400, title: 'Request not understood' },
  'request.invalid': { status: 400, title: 'Request not valid', detail: 'Each problem is listed in "problems"' },
  'route.not_found': { status: 404, title: 'No such address' },
  'snapshot.changes_gone': { status: 410, title: 'Changes no longer kept', detail: 'Fetch the snapshot instead' },
  'snapshot.loading': { status: 503, title: 'Snapshot not loaded yet' },
  'telemetry.busy': { status: 429, title: 'Too much telemetry at once', detail: 'Send the same batch again later' },
  'telemetry.expired': {
    status: 410,
    title: 'Telemetry too old',
    detail: 'A batch with slots older than 48 hours can no longer be counted once',
  },
} as const satisfies { readonly [code: string]: DoorCode };

/** Media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** A code's detail with the facts filled in; without a detail its title. */
export function detailOf({ title, detail }: DoorCode, facts: { readonly [name: string]: unknown }): string {
  return detail === undefined ? title : detail.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name]));
}
