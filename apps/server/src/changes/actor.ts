/** What a token may do: read everything; change flags and segments; kill and restore; manage SDK keys; manage projects, environments and tokens. */
export const SCOPES = ['read', 'write', 'kill', 'keys', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Who acts: the name that the audit shows, and what it may do. */
export interface Actor {
  /** The token's name, or `rollout:<id>`, `import:<format>`, `system`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}
