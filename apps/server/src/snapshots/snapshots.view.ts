import type { View } from '@ballast/protocol';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** An environment and the revision it is at in the database. */
export interface EnvironmentHead {
  readonly id: string;
  /** `project/environment`. */
  readonly name: string;
  readonly revision: number;
  readonly checksums: Readonly<Record<View, number>>;
}

/** One entry as JSON text; `client` is null where the client view does not have it. */
export interface EntryRow {
  readonly kind: 'flag' | 'segment';
  readonly key: string;
  readonly server: string;
  readonly client: string | null;
}

/** Everything one environment serves, read in one moment. */
export interface StoredSnapshot extends EnvironmentHead {
  readonly entries: readonly EntryRow[];
}

/** One revision of the log: the changes as JSON text per view. */
export interface LogRow {
  readonly revision: number;
  readonly server: string;
  readonly client: string;
  readonly serverChecksum: number;
  readonly clientChecksum: number;
  /** How long ago it was written, in milliseconds by the clock of the database; null when that was not noted. */
  readonly ageMs: number | null;
}

interface RawHead {
  readonly id: string;
  readonly name: string;
  readonly revision: bigint;
  readonly serverChecksum: bigint;
  readonly clientChecksum: bigint;
}

type RawLogRow = Omit<LogRow, 'revision' | 'serverChecksum' | 'clientChecksum'> & {
  readonly [K in 'revision' | 'serverChecksum' | 'clientChecksum']: bigint;
};

const heads = Prisma.sql`
  SELECT e.id, p.key || '/' || e.key AS name, r.current AS revision,
    r.server_checksum AS "serverChecksum", r.client_checksum AS "clientChecksum"
  FROM environment e JOIN project p ON p.id = e.project_id JOIN revision r ON r.environment_id = e.id`;

const logColumns = Prisma.sql`
  revision, server, client, server_checksum AS "serverChecksum", client_checksum AS "clientChecksum",
  (extract(epoch FROM clock_timestamp() - written_at) * 1000)::float8 AS "ageMs"`;

function headOf({ id, name, revision, serverChecksum, clientChecksum }: RawHead): EnvironmentHead {
  return { id, name, revision: Number(revision), checksums: { server: Number(serverChecksum), client: Number(clientChecksum) } };
}

/** Reads what the ledger wrote: where environments stand, their entries and their log. */
@Injectable()
export class SnapshotsView {
  constructor(private readonly prisma: PrismaService) {}

  async heads(): Promise<readonly EnvironmentHead[]> {
    const rows = await this.prisma.$queryRaw<RawHead[]>(heads);
    return rows.map(headOf);
  }

  /** Where one environment stands; null when there is none. */
  async head(environmentId: string): Promise<EnvironmentHead | null> {
    const [row] = await this.prisma.$queryRaw<RawHead[]>`${heads} WHERE e.id = ${environmentId}::uuid`;
    return row === undefined ? null : headOf(row);
  }

  /** Revision, checksums and entries of one moment; null when there is no such environment. */
  async load(environmentId: string): Promise<StoredSnapshot | null> {
    return this.prisma.$transaction(
      async (tx) => {
        const [head] = await tx.$queryRaw<RawHead[]>`${heads} WHERE e.id = ${environmentId}::uuid`;
        if (head === undefined) return null;
        const entries = await tx.$queryRaw<EntryRow[]>`
          SELECT kind, key, server, client FROM snapshot_entry WHERE environment_id = ${environmentId}::uuid`;
        return { ...headOf(head), entries };
      },
      { isolationLevel: 'RepeatableRead', timeout: 60_000 },
    );
  }

  /** The log after a revision, oldest first. */
  async log(environmentId: string, after: number, limit: number): Promise<readonly LogRow[]> {
    return this.rows(Prisma.sql`
      SELECT ${logColumns} FROM change WHERE environment_id = ${environmentId}::uuid AND revision > ${after}
      ORDER BY revision LIMIT ${limit}`);
  }

  /** The end of the log up to a revision, oldest first: so many rows and bytes at most. */
  async recent(environmentId: string, upTo: number, most: { readonly rows: number; readonly bytes: number }): Promise<readonly LogRow[]> {
    return this.rows(Prisma.sql`
      SELECT * FROM (
        SELECT ${logColumns}, sum(octet_length(server) + octet_length(client)) OVER (ORDER BY revision DESC) AS bytes
        FROM change WHERE environment_id = ${environmentId}::uuid AND revision <= ${upTo} AND revision > ${upTo - most.rows}
      ) AS latest WHERE bytes <= ${most.bytes} ORDER BY revision`);
  }

  private async rows(query: Prisma.Sql): Promise<readonly LogRow[]> {
    const rows = await this.prisma.$queryRaw<RawLogRow[]>(query);
    return rows.map((row) => ({
      revision: Number(row.revision),
      server: row.server,
      client: row.client,
      serverChecksum: Number(row.serverChecksum),
      clientChecksum: Number(row.clientChecksum),
      ageMs: row.ageMs,
    }));
  }
}
