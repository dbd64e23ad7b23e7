import { entryId } from '@ballast/protocol';
import type { Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import { inChunks } from './chunks.js';
import type { Checksums, Correction, EnvironmentPlan, StoredEntry } from './environment-plan.js';
import type { AuditEntry, EntryChange, WriteRequest } from './ledger.types.js';

/** The counter row of one environment, locked. */
export interface LockedRevision {
  readonly environmentId: string;
  readonly key: string;
  /** `project/environment`. */
  readonly place: string;
  readonly current: number;
  readonly checksums: Checksums;
}

interface RevisionRow {
  readonly environmentId: string;
  readonly key: string;
  readonly place: string;
  readonly current: bigint;
  readonly server: bigint;
  readonly client: bigint;
}

/** One environment's next revision with the number it gets. */
export interface NumberedPlan extends EnvironmentPlan {
  readonly environmentId: string;
  readonly revision: number;
}

/** Locks the counters of these environments, in id order so that two writers never wait for each other in a circle. */
export async function lockRevisions(tx: Transaction, request: WriteRequest): Promise<readonly LockedRevision[]> {
  const ids = request.environmentIds;
  if (ids !== 'all' && ids.length === 0) return [];
  // A statement of its own: the next one must see an environment whose creation this one had to wait for.
  if (ids === 'all') await tx.$queryRaw`SELECT 1 FROM project WHERE id = ${request.projectId}::uuid FOR SHARE`;
  const which = ids === 'all' ? Prisma.sql`e.project_id = ${request.projectId}::uuid` : Prisma.sql`e.id = ANY(${ids}::uuid[])`;
  const rows = await tx.$queryRaw<RevisionRow[]>`
    SELECT r.environment_id AS "environmentId", e.key, p.key || '/' || e.key AS place, r.current, r.server_checksum AS server, r.client_checksum AS client
    FROM revision r JOIN environment e ON e.id = r.environment_id JOIN project p ON p.id = e.project_id
    WHERE ${which} ORDER BY r.environment_id FOR NO KEY UPDATE OF r`;
  return rows.map((row) => ({
    environmentId: row.environmentId,
    key: row.key,
    place: row.place,
    current: Number(row.current),
    checksums: { server: Number(row.server), client: Number(row.client) },
  }));
}

/** Puts right the checksums of an environment, unless it has moved on from this revision. */
export async function saveChecksums(
  tx: Pick<Transaction, '$executeRaw'>,
  { environmentId, revision, checksums }: Correction,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE revision SET server_checksum = ${checksums.server}, client_checksum = ${checksums.client}
    WHERE environment_id = ${environmentId}::uuid AND current = ${revision}`;
}

/** What is stored now of the entries that are about to change, per environment. */
export async function readEntries(
  tx: Transaction,
  entries: ReadonlyMap<string, readonly EntryChange[]>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, StoredEntry>>> {
  const wanted = [...entries].flatMap(([environmentId, list]) =>
    list.map((entry) => ({ environmentId, kind: entry.kind, key: entry.key })),
  );
  const found = new Map([...entries.keys()].map((id) => [id, new Map<string, StoredEntry>()]));
  if (wanted.length === 0) return found;
  const rows = await tx.$queryRaw<(Omit<StoredEntry, 'serverHash' | 'clientHash'> & EntryRow)[]>`
    SELECT s.environment_id AS "environmentId", s.kind, s.key, s.server, s.client, s.server_hash AS "serverHash", s.client_hash AS "clientHash"
    FROM snapshot_entry s
    JOIN unnest(${wanted.map((each) => each.environmentId)}::uuid[], ${wanted.map((each) => each.kind)}::text[], ${wanted.map((each) => each.key)}::text[])
      AS w(environment_id, kind, key) USING (environment_id, kind, key)`;
  for (const { environmentId, kind, key, serverHash, clientHash, ...texts } of rows) {
    const stored = { ...texts, serverHash: Number(serverHash), clientHash: clientHash === null ? null : Number(clientHash) };
    found.get(environmentId)?.set(entryId(kind, key), stored);
  }
  return found;
}

interface EntryRow {
  readonly environmentId: string;
  readonly kind: EntryChange['kind'];
  readonly key: string;
  readonly serverHash: bigint;
  readonly clientHash: bigint | null;
}

/** Rows in one statement at most: while the database takes them in, everybody else gets a turn. */
const ROWS = 1_000;

/** Saves revisions, entries, log and audit and tells the listeners: one statement, so one round trip, unless there are very many rows. */
export async function saveWrite(tx: Transaction, request: WriteRequest, plans: readonly NumberedPlan[], audit: AuditRows): Promise<void> {
  const rows = plans.flatMap((plan) => plan.writes.map((write) => ({ environmentId: plan.environmentId, ...write })));
  const parts = [
    ...inChunks(
      rows.filter((row) => row.stored === null),
      ROWS,
    ).map((chunk) => () => removeEntries(chunk)),
    ...inChunks(
      rows.filter((row) => row.stored !== null),
      ROWS,
    ).map((chunk) => () => upsertEntries(chunk)),
    ...inChunks(audit.lines, ROWS).map((lines) => () => saveAudit(request, plans, { ...audit, lines })),
  ];
  const isLarge = rows.length + audit.lines.length > ROWS;
  for (const part of isLarge ? parts.splice(0) : []) await tx.$executeRaw`WITH ${part()} SELECT 1`;
  const last = parts.map((part) => part());
  if (plans.length > 0) last.push(advanceRevisions(plans), appendChanges(plans, audit.at));
  if (last.length === 0) return;
  const hints = plans.map((plan) => `${plan.environmentId}:${plan.revision}`);
  await tx.$queryRaw`WITH ${Prisma.join(last)} SELECT pg_notify('ballast_change', hint)::text FROM unnest(${hints}::text[]) AS hint`;
}

/** The lines of the audit and the moment they share. */
export interface AuditRows {
  readonly lines: readonly AuditEntry[];
  readonly at: Date;
}

function saveAudit(request: WriteRequest, plans: readonly NumberedPlan[], { lines, at }: AuditRows): Prisma.Sql {
  const revisions = new Map(plans.map((plan) => [plan.environmentId, plan.revision]));
  const environmentIds = lines.map((line) => line.environmentId ?? null);
  const numbers = lines.map((line) => revisions.get(line.environmentId ?? '')?.toString() ?? null);
  const befores = lines.map((line) => jsonText(line.before));
  const afters = lines.map((line) => jsonText(line.after));
  const sizes = befores.map((before, index) => Buffer.byteLength(before ?? '') + Buffer.byteLength(afters[index] ?? ''));
  return Prisma.sql`audited AS (
    INSERT INTO audit_event (project_id, actor, reason, at, environment_id, revision, action, resource_kind, resource_key, before, after, bytes)
    SELECT ${request.projectId}::uuid, ${request.actor.name}::text, ${request.reason ?? null}::text, ${at}::timestamptz,
      environment_id, revision, action, resource_kind, resource_key, before::jsonb, after::jsonb, bytes
    FROM unnest(${environmentIds}::uuid[], ${numbers}::bigint[], ${lines.map((line) => line.action)}::text[],
      ${lines.map((line) => line.resourceKind)}::text[], ${lines.map((line) => line.resourceKey)}::text[],
      ${befores}::text[], ${afters}::text[], ${sizes}::int[])
      AS line(environment_id, revision, action, resource_kind, resource_key, before, after, bytes))`;
}

function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

type EntryRows = readonly { environmentId: string; kind: string; key: string; stored: StoredEntry | null }[];

function identities(rows: EntryRows): Prisma.Sql {
  return Prisma.sql`${rows.map((row) => row.environmentId)}::uuid[], ${rows.map((row) => row.kind)}::text[], ${rows.map((row) => row.key)}::text[]`;
}

function removeEntries(rows: EntryRows): Prisma.Sql {
  return Prisma.sql`removed AS (
    DELETE FROM snapshot_entry s USING unnest(${identities(rows)}) AS gone(environment_id, kind, key)
    WHERE s.environment_id = gone.environment_id AND s.kind = gone.kind AND s.key = gone.key)`;
}

function upsertEntries(rows: EntryRows): Prisma.Sql {
  const servers = rows.map((row) => row.stored?.server ?? null);
  const clients = rows.map((row) => row.stored?.client ?? null);
  const serverHashes = rows.map((row) => row.stored?.serverHash.toString() ?? null);
  const clientHashes = rows.map((row) => row.stored?.clientHash?.toString() ?? null);
  return Prisma.sql`kept AS (
    INSERT INTO snapshot_entry (environment_id, kind, key, server, client, server_hash, client_hash)
    SELECT * FROM unnest(${identities(rows)}, ${servers}::text[], ${clients}::text[], ${serverHashes}::bigint[], ${clientHashes}::bigint[])
    ON CONFLICT (environment_id, kind, key) DO UPDATE SET server = excluded.server, client = excluded.client,
      server_hash = excluded.server_hash, client_hash = excluded.client_hash)`;
}

function advanceRevisions(plans: readonly NumberedPlan[]): Prisma.Sql {
  return Prisma.sql`advanced AS (
    UPDATE revision r SET current = n.current, server_checksum = n.server, client_checksum = n.client
    FROM unnest(${plans.map((plan) => plan.environmentId)}::uuid[], ${plans.map((plan) => plan.revision.toString())}::bigint[],
      ${plans.map((plan) => plan.checksums.server.toString())}::bigint[], ${plans.map((plan) => plan.checksums.client.toString())}::bigint[])
      AS n(environment_id, current, server, client)
    WHERE r.environment_id = n.environment_id)`;
}

function appendChanges(plans: readonly NumberedPlan[], at: Date): Prisma.Sql {
  return Prisma.sql`logged AS (
    INSERT INTO change (environment_id, revision, server, client, server_checksum, client_checksum, at)
    SELECT *, ${at}::timestamptz FROM unnest(${plans.map((plan) => plan.environmentId)}::uuid[], ${plans.map((plan) => plan.revision.toString())}::bigint[],
      ${plans.map((plan) => plan.server)}::text[], ${plans.map((plan) => plan.client)}::text[],
      ${plans.map((plan) => plan.checksums.server.toString())}::bigint[], ${plans.map((plan) => plan.checksums.client.toString())}::bigint[]))`;
}

/** How much of the log is kept. */
export interface LogReach {
  /** At least all of this age, by the clock of the database. */
  readonly days: number;
  /** At least so many revisions of each environment. */
  readonly revisions: number;
  /** Rows to remove at most. */
  readonly most: number;
}

/** Removes the oldest rows of each log, so that what is left has no gap; answers how many. */
export async function pruneChanges(tx: Transaction, { days, revisions, most }: LogReach): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM change c USING (
      SELECT c.environment_id, c.revision
      FROM revision r
      CROSS JOIN LATERAL (
        SELECT min(young.revision) AS revision FROM change young
        WHERE young.environment_id = r.environment_id AND coalesce(young.written_at, young.at) >= now() - make_interval(days => ${days}::int)
      ) AS first_young
      JOIN change c ON c.environment_id = r.environment_id
        AND c.revision <= r.current - ${revisions}::int AND c.revision < coalesce(first_young.revision, r.current + 1)
      ORDER BY c.environment_id, c.revision LIMIT ${most}::int
    ) AS old
    WHERE c.environment_id = old.environment_id AND c.revision = old.revision`;
}
