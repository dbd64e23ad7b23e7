import { Injectable } from '@nestjs/common';
import { PrismaService, type Run, type Term } from '../../database/index.js';

/** A request that is known by what it held. */
export interface Claimable {
  readonly environmentId: string;
  /** Hash of what it held, in hexadecimal digits; undefined where something else tells it from others. */
  readonly fingerprint?: string | undefined;
}

interface ClaimRow extends Record<string, unknown> {
  readonly environmentId: string;
  readonly fingerprint: string;
}

function nameOf({ environmentId, fingerprint }: Claimable): string {
  return `${environmentId} ${fingerprint}`;
}

/** Claims requests in the transaction that counts them; answers those that were counted before. Claims are made in the order of their keys. */
export async function repeatedAmong<Request extends Claimable>(
  run: Run,
  requests: readonly Request[],
  at: Date,
): Promise<ReadonlySet<Request>> {
  const named = requests.filter(({ fingerprint }) => fingerprint !== undefined);
  if (named.length === 0) return new Set();
  const claims = named.map(({ environmentId, fingerprint }) => ({ environmentId, fingerprint }));
  const text = `
    INSERT INTO otlp_claim (environment_id, fingerprint, at)
    SELECT DISTINCT "environmentId", decode(fingerprint, 'hex') AS held, $1::timestamptz
    FROM json_to_recordset($2::json) AS claim ("environmentId" uuid, fingerprint text)
    ORDER BY "environmentId", held
    ON CONFLICT DO NOTHING
    RETURNING environment_id AS "environmentId", encode(fingerprint, 'hex') AS fingerprint`;
  const rows = await run<ClaimRow>({ text, values: [at, JSON.stringify(claims)] });
  const open = new Set(rows.map(nameOf));
  return new Set(named.filter((request) => !open.delete(nameOf(request))));
}

/** Requests of OpenTelemetry exporters that were counted lately. */
@Injectable()
export class OtlpClaimsStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Forgets those of before a moment, some at a time; answers whether there may be more. */
  prune(before: Date, most: number, term: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term.fence(tx);
      const pruned = await tx.$executeRaw`
        DELETE FROM otlp_claim WHERE ctid IN (SELECT ctid FROM otlp_claim WHERE at < ${before} LIMIT ${most}::int)`;
      return pruned === most;
    });
  }
}
