import { DOOR_CODES, type DoorCode, detailOf } from '@ballast/streaming';

/** Every code the API answers, for ever: a code is never renamed or given another meaning. */
const CODES = {
  ...DOOR_CODES,
  'alert.not_firing': { status: 409, title: 'Alert not firing', detail: 'Only a firing alert can be acknowledged; this one is {phase}' },
  'alert.not_found': { status: 404, title: 'No such alert', detail: 'There is no alert {alert}' },
  'approval.needless': {
    status: 409,
    title: 'Nothing to approve',
    detail: 'No policy asks for approval of this change: {problem}',
  },
  'approval.not_found': { status: 404, title: 'No such approval', detail: 'There is no approval {approval}' },
  'approval.settled': { status: 409, title: 'Approval is over', detail: 'The approval is {state} already' },
  'auth.forbidden': { status: 403, title: 'Not allowed', detail: 'This needs the scope {scope}' },
  'change.not_found': { status: 404, title: 'No such change', detail: 'There is no change {change}' },
  'channel.disabled': { status: 409, title: 'Channel disabled', detail: 'The channel {channel} is disabled: {reason}' },
  'channel.kind_fixed': {
    status: 409,
    title: 'Kind is fixed',
    detail: 'The channel {channel} is of the kind {kind} for ever; create another one',
  },
  'channel.name_taken': { status: 409, title: 'Channel name taken', detail: 'There is a channel {channel} already' },
  'channel.no_secret': { status: 409, title: 'No secret', detail: 'Only webhooks have a secret that is rotated' },
  'channel.not_found': { status: 404, title: 'No such channel', detail: 'There is no channel {channel}' },
  'config.invalid': { status: 400, title: 'Configuration not valid', detail: 'Each problem is listed in "problems"' },
  'config.stale': {
    status: 412,
    title: 'Changed in the meantime',
    detail: 'If-Match names an older version; the newer value is in "current"',
  },
  'context.invalid': { status: 400, title: 'Evaluation context not valid', detail: 'The context {problem}' },
  'database.timeout': { status: 503, title: 'Took too long', detail: 'The database gave up on this request; ask for less, or again later' },
  'database.unavailable': { status: 503, title: 'Database not available' },
  'delivery.not_found': { status: 404, title: 'No such delivery', detail: 'There is no delivery {delivery}' },
  'environment.key_taken': { status: 409, title: 'Environment key taken', detail: 'There is an environment {environment} already' },
  'environment.not_found': { status: 404, title: 'No such environment', detail: 'There is no environment {environment}' },
  'flag.archived': { status: 409, title: 'Flag archived', detail: 'The flag {flag} is archived; its key is never used again' },
  'flag.in_use': { status: 409, title: 'Flag in use', detail: 'Other flags have {flag} as a prerequisite; "usedBy" lists them' },
  'flag.invalid': { status: 400, title: 'Flag not valid', detail: 'Each problem is listed in "problems"' },
  'flag.key_taken': { status: 409, title: 'Flag key taken', detail: 'There is or was a flag {flag}; keys are never used again' },
  'flag.not_found': { status: 404, title: 'No such flag', detail: 'There is no flag {flag}' },
  'flag.unanswered': { status: 400, title: 'Flag cannot be evaluated', detail: 'The flag {flag} cannot be evaluated: {errorDetails}' },
  'idempotency.answer_lost': {
    status: 409,
    title: 'Done, but the answer is lost',
    detail: 'The first request with this Idempotency-Key did what it asked for, but its answer was lost; look at what is there',
  },
  'idempotency.in_progress': {
    status: 409,
    title: 'Still running',
    detail: 'The first request with this Idempotency-Key has not been answered yet',
  },
  'idempotency.key_reused': { status: 422, title: 'Idempotency-Key reused', detail: 'This key came with another request before' },
  'import.unreadable': { status: 400, title: 'File not readable', detail: '{problem}' },
  'incident.not_found': { status: 404, title: 'No such incident', detail: 'There is no incident {incident}' },
  internal: { status: 500, title: 'Internal error' },
  'key.ended': { status: 409, title: 'SDK key ended', detail: 'The key is expired or revoked; create a new one' },
  'key.not_found': { status: 404, title: 'No such SDK key' },
  'key.replaced': { status: 409, title: 'SDK key rotated before', detail: 'The key {by} has taken over already; rotate that one' },
  'limit.reached': { status: 409, title: 'Limit reached' },
  'policy.approval_needed': {
    status: 409,
    title: 'Approval needed',
    detail:
      'Too little is left of the error budgets in "objectives" to give a variant to more contexts without approval: somebody else with the scope approve gives it at "askAt"; a fix is declared with ?policy=fix, ?policy=override decides against the policy',
  },
  'policy.frozen': {
    status: 409,
    title: 'Frozen by an error budget policy',
    detail:
      'The policies of the error budgets in "objectives" forbid this; turning off, rolling back and kills always pass, a fix is declared with ?policy=fix, ?policy=override decides against the policy',
  },
  'project.key_taken': { status: 409, title: 'Project key taken', detail: 'There is a project {project} already' },
  'project.not_found': { status: 404, title: 'No such project', detail: 'There is no project {project}' },
  'maintenance.not_found': { status: 404, title: 'No such maintenance', detail: 'There is no maintenance {maintenance}' },
  'objective.invalid': { status: 400, title: 'Objective not valid', detail: 'Each problem is listed in "problems"' },
  'objective.name_taken': { status: 409, title: 'Objective name taken', detail: 'There is an objective {objective} already' },
  'objective.not_found': { status: 404, title: 'No such objective', detail: 'There is no objective {objective}' },
  rate_limited: { status: 429, title: 'Too many requests' },
  'request.conflict': {
    status: 409,
    title: 'Conflict',
    detail: 'Another request changed the same thing at the same moment; read it again and repeat',
  },
  'request.headers_too_large': { status: 431, title: 'Request headers too large' },
  'request.not_allowed': { status: 405, title: 'Method not allowed' },
  'request.timeout': { status: 408, title: 'Request not complete in time' },
  'segment.in_use': { status: 409, title: 'Segment in use', detail: '"usedBy" lists what uses the segment {segment}' },
  'segment.invalid': { status: 400, title: 'Segment not valid', detail: 'Each problem is listed in "problems"' },
  'segment.key_taken': { status: 409, title: 'Segment key taken', detail: 'There is a segment {segment} already' },
  'segment.not_found': { status: 404, title: 'No such segment', detail: 'There is no segment {segment}' },
  'silence.invalid': { status: 400, title: 'Silence not valid', detail: 'Each problem is listed in "problems"' },
  'silence.not_found': { status: 404, title: 'No such silence', detail: 'There is no silence {silence}' },
  'stream.full': {
    status: 503,
    title: 'No more event streams',
    detail: 'This server has as many event streams as it takes, or is stopping',
  },
  'token.last_admin': {
    status: 409,
    title: 'Last admin token',
    detail: 'No other admin token lasts as long: sooner or later nobody could administer this installation',
  },
  'token.name_taken': { status: 409, title: 'Token name taken', detail: 'A token that is not revoked is called {name} already' },
  'token.not_found': { status: 404, title: 'No such token' },
  'token.scope_denied': { status: 403, title: 'Scope not yours to give', detail: 'You do not have: {scopes}' },
  'trigger.name_taken': { status: 409, title: 'Trigger name taken', detail: 'There is a trigger {trigger} already' },
  'trigger.not_found': { status: 404, title: 'No such trigger', detail: 'There is no trigger {trigger}' },
} as const satisfies { readonly [code: string]: DoorCode };

/** The stable name of a refusal. */
export type RefusalCode = keyof typeof CODES;

/** Facts about a refusal; they fill its detail and travel in the answer. */
export type RefusalFacts = { readonly [name: string]: unknown };

/** A command that the server will not carry out, and why: the caller can do something about it. */
export class Refusal extends Error {
  readonly status: number;
  readonly title: string;

  constructor(
    readonly code: RefusalCode,
    readonly facts: RefusalFacts = {},
  ) {
    const said: DoorCode = CODES[code];
    super(detailOf(said, facts));
    this.status = said.status;
    this.title = said.title;
  }
}

/** Refuses a command; the problem filter turns it into `application/problem+json`. */
export function refuse(code: RefusalCode, facts?: RefusalFacts): never {
  throw new Refusal(code, facts);
}
