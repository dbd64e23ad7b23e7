import type { Flag } from '@ballast/evaluation';
import type { EntryChange } from '../changes/index.js';
import { compileFlag } from './compile.js';
import { initialConfig } from './defaults.js';
import type { FlagRecord, FlagState } from './flag.types.js';
import type { ConfigRow } from './flags.store.js';
import type { PlacedKill } from './flags.view.js';

/** Rows about some flags in some environments. */
export interface StateRows {
  readonly configs: readonly ConfigRow[];
  readonly kills: readonly PlacedKill[];
}

/** The rows of each flag by its id: looking through those of every flag for every flag takes long for a page of them. */
export function byFlag<Row extends { readonly flagId: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.flagId);
    if (group === undefined) groups.set(row.flagId, [row]);
    else group.push(row);
  }
  return groups;
}

/** A flag's state in an environment, out of the rows that were read. */
export function stateOf(flag: FlagRecord, environmentId: string, { configs, kills }: StateRows): FlagState {
  const isHere = (row: { readonly flagId: string; readonly environmentId: string }) =>
    row.flagId === flag.id && row.environmentId === environmentId;
  return { config: configs.find(isHere) ?? initialConfig(flag), kill: kills.find(isHere) ?? null };
}

/** What clients must feel of a flag in one environment. */
export function flagEntry(flag: FlagRecord, { config, kill }: FlagState, revision: number): EntryChange {
  const server: Flag | null = flag.archivedAt === null ? compileFlag({ flag, config, killed: kill !== null, version: revision }) : null;
  return { kind: 'flag', key: flag.key, server, client: flag.clientVisible ? server : null };
}

/** What clients must feel of a flag in every locked environment. */
export function flagEntries(
  flag: FlagRecord,
  rows: StateRows,
  nextRevision: ReadonlyMap<string, number>,
): Map<string, readonly EntryChange[]> {
  return new Map([...nextRevision].map(([id, revision]) => [id, [flagEntry(flag, stateOf(flag, id, rows), revision)]]));
}
