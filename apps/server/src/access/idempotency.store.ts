import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';

/** One request as its caller named it. */
export interface NamedRequest {
  readonly actor: string;
  readonly key: string;
  readonly fingerprint: Uint8Array<ArrayBuffer>;
}

/** A name that was claimed: whoever claims it again, because this one seemed to be abandoned, has it from then on. */
export interface Claim extends NamedRequest {
  readonly at: Date;
}

/** What is known of a request that was named before. */
export interface FormerRequest {
  readonly fingerprint: Uint8Array;
  /** null while it still runs. */
  readonly status: number | null;
  readonly body: string | null;
  /** It did what it asked for, and was cut off before its answer was saved. */
  readonly isLost: boolean;
}

/** Moments that decide which former requests still count. */
export interface Horizons {
  readonly now: Date;
  /** Answers from before this are forgotten. */
  readonly forgotten: Date;
  /** A request that began before this and has saved nothing was cut off, or is too slow: its name may be claimed by another, and it saves nothing any more. */
  readonly abandoned: Date;
  /** A request that began before this, has done what it asked for and has no answer was cut off. */
  readonly lost: Date;
}

/** Table of named requests and their answers. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Claims the name; when somebody has it, answers what is known of that request instead. */
  async claim(request: NamedRequest, { now, forgotten, abandoned, lost }: Horizons): Promise<FormerRequest | null> {
    // Only who asks for the very name takes it from a request that is slow: others have no use for it.
    await this.prisma.$executeRaw`
      DELETE FROM idempotency_key WHERE created_at < ${forgotten}
        OR (actor = ${request.actor} AND key = ${request.key} AND status IS NULL AND NOT is_done AND created_at < ${abandoned})`;
    const data = { ...request, createdAt: now };
    const { count } = await this.prisma.idempotencyKey.createMany({ data: [data], skipDuplicates: true });
    if (count === 1) return null;
    const { actor, key } = request;
    const former = await this.prisma.idempotencyKey.findUnique({ where: { actor_key: { actor, key } } });
    // Between the two statements the other request may have failed and given its name back: it counts as still running.
    if (!former) return { fingerprint: request.fingerprint, status: null, body: null, isLost: false };
    return { ...former, isLost: former.isDone && former.status === null && former.createdAt < lost };
  }

  /** Saves, with what was asked for, that it is done: from here on it is not done again, whatever becomes of the answer. False when the name is another's by now. */
  async markDone(tx: Transaction, claim: Claim): Promise<boolean> {
    const { count } = await tx.idempotencyKey.updateMany({ where: placeOf(claim), data: { isDone: true } });
    return count === 1;
  }

  async settle(claim: Claim, answer: { readonly status: number; readonly body: string }): Promise<void> {
    await this.prisma.idempotencyKey.updateMany({ where: placeOf(claim), data: answer });
  }

  async release(claim: Claim): Promise<void> {
    await this.prisma.idempotencyKey.deleteMany({ where: { ...placeOf(claim), status: null, isDone: false } });
  }
}

function placeOf({ actor, key, at }: Claim) {
  return { actor, key, createdAt: at };
}
