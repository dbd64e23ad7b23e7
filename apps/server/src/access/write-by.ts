import { policyQuery, problemsOf, writeQuery } from '@ballast/api';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { WriteRequest } from '../changes/index.js';
import { refuse } from '../errors.js';
import { type ActorRequest, actorOf } from './requires.js';

/** Who writes, why, and whether for real; and what is saved with it. */
export type WriteBy = Pick<WriteRequest, 'actor' | 'reason' | 'dryRun' | 'alongside' | 'urgent' | 'declared'>;

/** What the query of a write says, with the actor; a misspelt `dryRun` is refused rather than saved. Members named in its argument are somebody else's. */
export const Write = createParamDecorator((others: readonly string[] = [], context: ExecutionContext): WriteBy => {
  const request = context.switchToHttp().getRequest<ActorRequest>();
  const sent = Object.entries(Object(request.query));
  const own = sent.filter(([name]) => !others.includes(name));
  const query = writeQuery.safeParse(Object.fromEntries(own));
  if (!query.success) return refuse('request.invalid', { problems: problemsOf(query.error.issues) });
  const policy = others.includes('policy') ? policyQuery.safeParse(Object.fromEntries(sent.filter(([name]) => name === 'policy'))) : null;
  if (policy?.success === false) return refuse('request.invalid', { problems: problemsOf(policy.error.issues) });
  return { actor: actorOf(request), ...query.data, alongside: request.alongside, declared: policy?.data.policy };
});
