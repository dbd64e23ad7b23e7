import { problemsOf, writeQuery } from '@ballast/api';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { WriteRequest } from '../changes/index.js';
import { refuse } from '../errors.js';
import { type ActorRequest, actorOf } from './requires.js';

/** Who writes, why, and whether for real; and what is saved with it. */
export type WriteBy = Pick<WriteRequest, 'actor' | 'reason' | 'dryRun' | 'alongside' | 'urgent'>;

/** What the query of a write says, with the actor; a misspelt `dryRun` is refused rather than saved. Members named in its argument are somebody else's. */
export const Write = createParamDecorator((others: readonly string[] = [], context: ExecutionContext): WriteBy => {
  const request = context.switchToHttp().getRequest<ActorRequest>();
  const own = Object.entries(Object(request.query)).filter(([name]) => !others.includes(name));
  const query = writeQuery.safeParse(Object.fromEntries(own));
  if (!query.success) return refuse('request.invalid', { problems: problemsOf(query.error.issues) });
  return { actor: actorOf(request), ...query.data, alongside: request.alongside };
});
