import { Injectable } from '@nestjs/common';
import { PrismaService, type Term } from '../../database/index.js';
import type { Counted } from '../counter-buffer.js';
import type { OutcomeAddition } from './outcome-addition.js';
import { addOutcomes } from './outcome-rows.store.js';

const PATIENCE = { maxWait: 5_000, timeout: 15_000 };

/** Outcomes that one request brought, and the name that they are counted once under. */
export interface NamedOutcomes {
  readonly environmentId: string;
  /** Hash of the name, in hexadecimal digits. */
  readonly name: string;
  /** Hash of what the request held. */
  readonly fingerprint: string;
  readonly outcomes: readonly OutcomeAddition[];
}

function claimOf({ environmentId, name }: Pick<NamedOutcomes, 'environmentId' | 'name'>): string {
  return `${environmentId} ${name}`;
}

/** Requests that brought outcomes, each counted once. */
@Injectable()
export class OutcomeClaimsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Claims requests and adds what the new ones hold, in one transaction. */
  commit(requests: readonly NamedOutcomes[], at: Date): Promise<readonly Counted[]> {
    const first = new Map([...requests].reverse().map((request) => [claimOf(request), request]));
    const claims = [...first.values()].map(({ environmentId, name, fingerprint }) => ({
      environment_id: environmentId,
      name,
      fingerprint,
    }));
    return this.prisma.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<{ environmentId: string; name: string }[]>`
        INSERT INTO outcome_claim (environment_id, name, fingerprint, at)
        SELECT environment_id, decode(name, 'hex'), decode(fingerprint, 'hex'), ${at}
        FROM json_to_recordset(${JSON.stringify(claims)}::json) AS claim (environment_id uuid, name text, fingerprint text)
        ORDER BY environment_id, name
        ON CONFLICT DO NOTHING
        RETURNING environment_id AS "environmentId", encode(name, 'hex') AS name`;
      const open = new Set(rows.map(claimOf));
      const counted = requests.map((request): Counted => (open.delete(claimOf(request)) ? 'counted' : 'duplicate'));
      const fresh = requests.filter((_, index) => counted[index] === 'counted');
      await addOutcomes(
        (sql) => tx.$executeRaw(sql),
        fresh.flatMap(({ outcomes }) => outcomes),
        at,
      );
      return counted;
    }, PATIENCE);
  }

  /** What the request of this name held, as a hash; undefined when nobody knows any more. */
  async fingerprintOf(environmentId: string, name: string): Promise<string | undefined> {
    const rows = await this.prisma.$queryRaw<{ fingerprint: string }[]>`
      SELECT encode(fingerprint, 'hex') AS fingerprint FROM outcome_claim
      WHERE environment_id = ${environmentId}::uuid AND name = decode(${name}, 'hex')`;
    return rows[0]?.fingerprint;
  }

  /** Forgets requests of before a moment, some at a time; answers whether there may be more. */
  prune(before: Date, most: number, term: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      const pruned = await tx.$executeRaw`
        DELETE FROM outcome_claim WHERE ctid IN (SELECT ctid FROM outcome_claim WHERE at < ${before} LIMIT ${most}::int)`;
      return pruned === most;
    }, PATIENCE);
  }
}
