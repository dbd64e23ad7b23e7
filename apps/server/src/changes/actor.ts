import type { Scope } from '@ballast/api';

export { SCOPES, type Scope } from '@ballast/api';

/** Who acts: the name that the audit shows, and what it may do. */
export interface Actor {
  /** The token's name, or `rollout:<id>`, `import:<format>`, `system`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}
