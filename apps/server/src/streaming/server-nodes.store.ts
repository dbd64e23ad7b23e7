import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** A server that runs on this database, or did until lately. */
export interface ServerNode {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** How long ago it said that it is there, milliseconds by the clock of the database. */
  readonly seenMs: number;
}

/** Table of the servers that run on this database. */
@Injectable()
export class ServerNodesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Says that a server is there. */
  async beat({ id, name, version }: Omit<ServerNode, 'seenMs'>): Promise<void> {
    await this.prisma.$executeRaw`
      INSERT INTO server_node (id, name, version, started_at, seen_at)
      VALUES (${id}::uuid, ${name}, ${version}, clock_timestamp(), clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()`;
  }

  /** Takes a server out, and those that have said nothing for an hour. */
  async leave(id: string): Promise<void> {
    await this.prisma.$executeRaw`
      DELETE FROM server_node WHERE id = ${id}::uuid OR seen_at < clock_timestamp() - interval '1 hour'`;
  }

  /** All servers but this one that were there within so many milliseconds. */
  others(id: string, withinMs: number): Promise<readonly ServerNode[]> {
    return this.prisma.$queryRaw<ServerNode[]>`
      SELECT * FROM (
        SELECT id, name, version, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "seenMs"
        FROM server_node WHERE id <> ${id}::uuid) AS node
      WHERE "seenMs" < ${withinMs} ORDER BY name, id`;
  }
}
