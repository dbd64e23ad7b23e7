import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';

/** One request as its caller named it. */
export interface NamedRequest {
  readonly actor: string;
  readonly key: string;
  readonly fingerprint: Uint8Array<ArrayBuffer>;
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
  /** A request that began before this and has no answer was cut off. */
  readonly abandoned: Date;
}

/** Table of named requests and their answers. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Claims the name; when somebody has it, answers what is known of that request instead. */
  async claim(request: NamedRequest, { now, forgotten, abandoned }: Horizons): Promise<FormerRequest | null> {
    await this.prisma
      .$executeRaw`DELETE FROM idempotency_key WHERE created_at < ${forgotten} OR (status IS NULL AND NOT is_done AND created_at < ${abandoned})`;
    const data = { ...request, createdAt: now };
    const { count } = await this.prisma.idempotencyKey.createMany({ data: [data], skipDuplicates: true });
    if (count === 1) return null;
    const { actor, key } = request;
    const former = await this.prisma.idempotencyKey.findUnique({ where: { actor_key: { actor, key } } });
    // Between the two statements the other request may have failed and given its name back: it counts as still running.
    if (!former) return { fingerprint: request.fingerprint, status: null, body: null, isLost: false };
    return { ...former, isLost: former.isDone && former.status === null && former.createdAt < abandoned };
  }

  /** Saves, with what was asked for, that it is done: from here on it is not done again, whatever becomes of the answer. */
  async markDone(tx: Transaction, { actor, key }: NamedRequest): Promise<void> {
    await tx.idempotencyKey.updateMany({ where: { actor, key }, data: { isDone: true } });
  }

  async settle({ actor, key }: NamedRequest, answer: { readonly status: number; readonly body: string }): Promise<void> {
    await this.prisma.idempotencyKey.updateMany({ where: { actor, key }, data: answer });
  }

  async release({ actor, key }: NamedRequest): Promise<void> {
    await this.prisma.idempotencyKey.deleteMany({ where: { actor, key, status: null, isDone: false } });
  }
}
