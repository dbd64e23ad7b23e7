import { timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Bucket, bearerOf, Doorkeeper, hashOf, levelOf, waitOf } from '../access/index.js';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { isSignedBy } from './channels/signature.js';
import { type TriggerRecord, TriggersStore } from './triggers.store.js';

const uuid = z.uuid();

/** Requests of one trigger: the size of the burst, and how fast it comes back. */
const RATE = { size: 30, perSecond: 1 };

/** A request to a trigger; its bytes are kept, for signatures are made of them. */
export type TriggerRequestHolder = FastifyRequest & { bytes?: Buffer; trigger?: TriggerRecord };

/** Lets in who has the secret of a trigger, or signs with its key; and no more often than is sensible. */
@Injectable()
export class TriggerGuard implements CanActivate {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly store: TriggersStore,
    private readonly doorkeeper: Doorkeeper,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<TriggerRequestHolder>();
    const signature = header(request, 'webhook-signature');
    const secret = bearerOf(request.headers.authorization) ?? signature;
    const opens = async (given: string) => {
      const trigger = await this.find(request);
      const isIts = trigger !== null && (given === signature ? this.isSigned(request, trigger, given) : isSecretOf(trigger, given));
      return isIts ? trigger : null;
    };
    const trigger = await this.doorkeeper.admit({ secret, address: request.ip }, { isHeld: () => false, authenticate: opens });
    this.limit(trigger.id);
    request.trigger = trigger;
    return true;
  }

  private async find({ params }: FastifyRequest): Promise<TriggerRecord | null> {
    const { data } = z.object({ id: uuid }).safeParse(params);
    return data === undefined ? null : this.store.find(data.id);
  }

  private isSigned(request: TriggerRequestHolder, { publicKey }: TriggerRecord, signature: string): boolean {
    const id = header(request, 'webhook-id');
    if (publicKey === null || id === null || request.bytes === undefined) return false;
    const seconds = Number(header(request, 'webhook-timestamp') ?? Number.NaN);
    return isSignedBy(publicKey, { id, seconds, body: request.bytes.toString('utf8') }, signature, this.clock.now() / 1_000);
  }

  private limit(id: string): void {
    const now = this.clock.now();
    const wait = waitOf(this.buckets.get(id), RATE, now);
    if (wait > 0) refuse('rate_limited', { retryAfter: wait });
    this.buckets.set(id, { level: levelOf(this.buckets.get(id), RATE, now) - 1, at: now });
  }
}

function isSecretOf({ hash }: TriggerRecord, secret: string): boolean {
  return timingSafeEqual(hash, hashOf(secret));
}

/** A header of a request, or null. */
export function header({ headers }: FastifyRequest, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
