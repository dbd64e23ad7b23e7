/** What a crowd is told to do. */
export type CrowdOrder =
  | { readonly order: 'join'; readonly count: number; readonly urls: readonly string[]; readonly key: string }
  | { readonly order: 'evaluate'; readonly flag: string; readonly everyMs: number }
  | { readonly order: 'deliver' }
  | { readonly order: 'report' }
  | { readonly order: 'leave' };

/** How many clients of a crowd hold what, after an order was obeyed. */
export interface CrowdReport {
  /** Clients by `revision:checksum` of the last state they kept. */
  readonly held: Readonly<Record<string, number>>;
  /** Clients by the revision they evaluate with. */
  readonly revisions: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly evaluations: number;
  /** How often clients have said that what they hold may be out of date. */
  readonly stales: number;
}
