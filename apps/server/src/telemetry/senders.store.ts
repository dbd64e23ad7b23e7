import type { View } from '@ballast/protocol';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Run, type Term } from '../database/index.js';

const PATIENCE = { maxWait: 5_000, timeout: 15_000 };
/** Nobody is forgotten who was heard of in this time, however many there are: what is younger needs no look at the horizon. */
export const NEVER_FORGOTTEN_MS = 600_000;
/** Clocks and networks are off by less. */
const MARGIN_MS = 120_000;

/** Senders of one environment with one kind of key that are more than may be, and when the youngest of them was heard of. */
export interface Crowd {
  readonly environmentId: string;
  readonly trust: string;
  readonly until: Date;
}

/** A batch that says how old it is. */
export interface Dated {
  readonly environmentId: string;
  readonly trust: View;
  /** Its oldest slot, by whichever clock makes it older. */
  readonly since: number;
  /** Set where something else than the sender's numbers tells it from others. */
  readonly fingerprint?: string | undefined;
}

/**
 * Those batches that a sender may have had counted before it was forgotten: the ones that are older than the horizon. To be asked after they were
 * claimed, so that whoever was forgotten before that is seen here.
 */
export async function forgottenAmong<Batch extends Dated>(run: Run, batches: readonly Batch[], at: Date): Promise<ReadonlySet<Batch>> {
  const youngest = at.getTime() - NEVER_FORGOTTEN_MS + MARGIN_MS;
  const old = batches.filter(({ since, fingerprint }) => since <= youngest && fingerprint === undefined);
  if (old.length === 0) return new Set();
  const horizons = await run<{ environmentId: string; trust: string; until: Date }>({
    name: 'horizons',
    text: `SELECT environment_id AS "environmentId", trust, forgotten_until AS until FROM telemetry_horizon WHERE environment_id = ANY($1::uuid[])`,
    values: [[...new Set(old.map(({ environmentId }) => environmentId))]],
  });
  const isForgotten = (batch: Batch): boolean =>
    horizons.some(
      ({ environmentId, trust, until }) =>
        environmentId === batch.environmentId && trust === batch.trust && batch.since <= until.getTime() + MARGIN_MS,
    );
  return new Set(old.filter(isForgotten));
}

/** Bounds who is remembered to have sent what. */
@Injectable()
export class SendersStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Environments and kinds of key with more senders than `most`, as far as they were silent since a moment. */
  crowds(most: number, silentSince: Date): Promise<Crowd[]> {
    return this.prisma.$queryRaw<Crowd[]>`
      SELECT environment_id AS "environmentId", trust, least(${silentSince}, (
        SELECT last_seen_at FROM telemetry_instance AS each WHERE each.environment_id = crowd.environment_id AND each.trust = crowd.trust
        ORDER BY last_seen_at DESC OFFSET ${most}::int LIMIT 1)) AS until
      FROM (SELECT environment_id, trust FROM telemetry_instance GROUP BY environment_id, trust HAVING count(*) > ${most}::int) AS crowd`;
  }

  /** From now on nothing that is older is counted; to be committed before anybody is forgotten. */
  async raiseHorizon({ environmentId, trust, until }: Crowd, term?: Term): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      await tx.$executeRaw`
        INSERT INTO telemetry_horizon AS horizon (environment_id, trust, forgotten_until) VALUES (${environmentId}::uuid, ${trust}, ${until})
        ON CONFLICT (environment_id, trust) DO UPDATE SET forgotten_until = greatest(horizon.forgotten_until, excluded.forgotten_until)`;
    }, PATIENCE);
  }

  /** Forgets some of them; answers whether there may be more. Who is being heard of just now stays. */
  forget({ environmentId, trust, until }: Crowd, most: number, term?: Term): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      const forgotten = await tx.$executeRaw`
        DELETE FROM telemetry_instance WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM telemetry_instance WHERE environment_id = ${environmentId}::uuid AND trust = ${trust} AND last_seen_at <= ${until}
          LIMIT ${most}::int FOR UPDATE SKIP LOCKED))`;
      return forgotten === most;
    }, PATIENCE);
  }

  /** Forgets flags that nobody knows and nobody has asked for since a moment. */
  async pruneUnknown(before: Date, term?: Term): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await term?.fence(tx);
      await tx.$executeRaw`DELETE FROM unknown_flag WHERE last_seen_at < ${before}`;
    }, PATIENCE);
  }
}
