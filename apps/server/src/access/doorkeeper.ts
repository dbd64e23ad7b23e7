import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { authenticationFailed } from '../events.js';
import { Attempts } from './attempts.js';

/** Failed attempts of one address: 20 at once, then one every three seconds. */
const FAILURES = { size: 20, perSecond: 1 / 3 };

/** Secrets that are looked up for an address that failed too often: whoever has a valid one behind it gets in, and guessing stays slow. */
const LOOK_UPS = { size: 10, perSecond: 1 };

/** Where a secret is looked up. */
export interface Credentials<Identity> {
  /** Whether the secret was valid when it was looked up last, or is being looked up: who has it need not guess. */
  isHeld(secret: string): boolean;
  authenticate(secret: string): Promise<Identity | null>;
}

/** Who tries to enter, and with what. */
export interface Visitor {
  readonly secret: string | null;
  readonly address: string;
}

/** Lets in whoever has a valid secret and slows down whoever tries out secrets. */
@Injectable()
export class Doorkeeper {
  private readonly failures = new Attempts(FAILURES);
  private readonly lookUps = new Attempts(LOOK_UPS);

  constructor(private readonly clock: Clock) {}

  /** Whom the secret belongs to; refuses one that is missing or unknown, and addresses that failed too often. */
  async admit<Identity>({ secret, address }: Visitor, credentials: Credentials<Identity>): Promise<Identity> {
    if (secret === null) return refuse('auth.missing');
    if (credentials.isHeld(secret)) return (await credentials.authenticate(secret)) ?? refuse('auth.invalid');
    // Taken before the look-up and given back after it, so that attempts at the same time count as well.
    const retryAfter = this.failures.take(address, this.clock.now());
    const attempts = retryAfter === 0 ? this.failures : this.lookUps;
    if (retryAfter > 0 && attempts.take(address, this.clock.now()) > 0) return refuse('auth.throttled', { retryAfter });
    const identity = await credentials.authenticate(secret);
    if (identity === null) {
      authenticationFailed();
      return retryAfter > 0 ? refuse('auth.throttled', { retryAfter }) : refuse('auth.invalid');
    }
    attempts.giveBack(address, this.clock.now());
    return identity;
  }
}
