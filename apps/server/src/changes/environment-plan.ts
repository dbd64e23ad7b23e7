import { setImmediate } from 'node:timers/promises';
import { entryId, entryTextHash, exchange } from '@ballast/protocol';
import { inChunks } from './chunks.js';
import type { EntryChange } from './ledger.types.js';

/** One row of the snapshot: the compiled value as each view sees it. */
export interface StoredEntry {
  readonly server: string;
  readonly client: string | null;
  readonly serverHash: number;
  readonly clientHash: number | null;
}

/** An entry to save; without `stored` it is removed. */
export interface EntryWrite {
  readonly kind: EntryChange['kind'];
  readonly key: string;
  readonly stored: StoredEntry | null;
}

/** Checksum of one environment in each view. */
export interface Checksums {
  readonly server: number;
  readonly client: number;
}

/** What the entries of an environment at one revision add up to, where the ledger holds something else. */
export interface Correction {
  readonly environmentId: string;
  readonly revision: number;
  readonly checksums: Checksums;
}

/** What one revision of one environment consists of. */
export interface EnvironmentPlan {
  readonly writes: readonly EntryWrite[];
  /** JSON text of the changes that each view is sent. */
  readonly server: string;
  readonly client: string;
  readonly checksums: Checksums;
}

interface ViewStep {
  readonly text: string | null;
  readonly hash: number | null;
  readonly oldHash: number | null;
  readonly changed: boolean;
}

/** What a view holds of an entry before the write. */
type HeldView = Pick<ViewStep, 'text' | 'hash'>;

interface EntryStep {
  readonly entry: EntryChange;
  readonly server: ViewStep;
  readonly client: ViewStep;
}

/** Entries that are compared without a pause. */
const ENTRIES = 1_000;

/** Plans the next revision from what is stored and what is wanted; null when no view would notice. Pauses where there is much to compare. */
export async function planEnvironment(
  stored: ReadonlyMap<string, StoredEntry>,
  entries: readonly EntryChange[],
  held: Checksums,
): Promise<EnvironmentPlan | null> {
  const latest = new Map(entries.map((entry) => [entryId(entry.kind, entry.key), entry]));
  const steps: EntryStep[] = [];
  for (const [at, chunk] of inChunks([...latest], ENTRIES).entries()) {
    if (at > 0) await setImmediate();
    steps.push(...chunk.map(([id, entry]) => stepEntry(entry, stored.get(id))).filter(isNoticed));
  }
  if (steps.length === 0) return null;
  const server = advanceView(steps, 'server', held.server);
  const client = advanceView(steps, 'client', held.client);
  return {
    writes: steps.map((step) => ({ kind: step.entry.kind, key: step.entry.key, stored: storedFrom(step) })),
    server: server.text,
    client: client.text,
    checksums: { server: server.checksum, client: client.checksum },
  };
}

/** An entry that changed in one view gets its new version in both: a flag has one version, whoever looks at it. */
function stepEntry(entry: EntryChange, old: StoredEntry | undefined): EntryStep {
  const server = { text: old?.server ?? null, hash: old?.serverHash ?? null };
  const client = { text: old?.client ?? null, hash: old?.clientHash ?? null };
  const isChanged = isDifferent(server.text, entry.server) || isDifferent(client.text, entry.client);
  const stepTo = (view: 'server' | 'client', held: HeldView) => (isChanged ? stepView(entry, view, held) : unchanged(held));
  return { entry, server: stepTo('server', server), client: stepTo('client', client) };
}

function isNoticed({ server, client }: EntryStep): boolean {
  return server.changed || client.changed;
}

function advanceView(steps: readonly EntryStep[], view: 'server' | 'client', held: number): { text: string; checksum: number } {
  const changed = steps.filter((step) => step[view].changed);
  const checksum = changed.reduce((sum, step) => exchange(sum, step[view].oldHash ?? 0, step[view].hash ?? 0), held);
  return { text: `[${changed.map((step) => changeText(step.entry, step[view].text)).join(',')}]`, checksum };
}

function stepView(entry: EntryChange, view: 'server' | 'client', old: HeldView): ViewStep {
  const value = entry[view];
  if (value === null) return { text: null, hash: null, oldHash: old.hash, changed: old.text !== null };
  const text = JSON.stringify(value);
  if (text === old.text) return unchanged(old);
  return { text, hash: entryTextHash(entry.kind, entry.key, text), oldHash: old.hash, changed: true };
}

function unchanged(held: HeldView): ViewStep {
  return { ...held, oldHash: held.hash, changed: false };
}

/** A value that differs in nothing but its version is the same: nobody needs to hear of it. */
function isDifferent(text: string | null, value: { readonly version: number } | null): boolean {
  if (text === null || value === null) return text !== value;
  const old: unknown = JSON.parse(text);
  return typeof old !== 'object' || JSON.stringify({ ...old, version: value.version }) !== JSON.stringify(value);
}

function storedFrom({ server, client }: EntryStep): StoredEntry | null {
  if (server.text === null || server.hash === null) return null;
  return { server: server.text, client: client.text, serverHash: server.hash, clientHash: client.hash };
}

function changeText(entry: EntryChange, value: string | null): string {
  return `{"kind":"${entry.kind}","key":${JSON.stringify(entry.key)},"value":${value ?? 'null'}}`;
}
