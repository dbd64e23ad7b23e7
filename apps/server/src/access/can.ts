import type { Actor, Scope } from '../changes/index.js';

/** Whether an actor may do what a scope stands for: `admin` includes all, every scope includes `read`. */
export function can(actor: Actor, scope: Scope): boolean {
  if (scope === 'read') return actor.scopes.length > 0;
  return actor.scopes.includes(scope) || actor.scopes.includes('admin');
}

/** The scopes an actor may not hand on, because it lacks them itself. */
export function notGrantable(actor: Actor, wanted: readonly Scope[]): readonly Scope[] {
  return wanted.filter((scope) => !can(actor, scope));
}
