import { randomInt } from 'node:crypto';
import type { ChannelConfig } from '@ballast/api';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { alertMessageSent } from '../../events.js';
import { SETTINGS, type Settings } from '../../settings/index.js';
import { signingSecrets } from '../channel-views.js';
import type { ClaimedDelivery, Settlement } from '../outbox.store.js';
import { retryAfterOf, waitAfter } from '../retry.js';
import { Mailer } from './mailer.js';
import { send } from './outbound.js';
import { requestFor } from './requests.js';
import { withoutSecrets } from './secrets-of.js';

/** What came of one attempt; null status: nobody answered. */
interface Answer {
  readonly status: number | null;
  readonly retryAfter: string | undefined;
  readonly problem: string | null;
}

const PROBLEM_LENGTH = 500;

/** Sends messages and judges what came back. */
@Injectable()
export class Sender {
  constructor(
    private readonly mailer: Mailer,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Tries once; what fails is a value too. */
  async send(delivery: ClaimedDelivery, stop: AbortSignal): Promise<Settlement> {
    const answer = await this.attempt(delivery, stop).catch((error: unknown) => ({
      status: null,
      retryAfter: undefined,
      problem: textOf(error),
    }));
    const secrets = signingSecrets(delivery.secrets, this.clock.now());
    const problem = answer.problem === null ? null : withoutSecrets(answer.problem, delivery.config, secrets);
    const settlement = this.judge(delivery, { ...answer, problem }, stop.aborted);
    alertMessageSent(delivery.config.kind, settlement.outcome === 'gone' ? 'failed' : settlement.outcome);
    return settlement;
  }

  private async attempt(delivery: ClaimedDelivery, stop: AbortSignal): Promise<Answer> {
    const { config, message, messageId, secrets } = delivery;
    const now = this.clock.now();
    const attempt = { message, messageId, now, secrets: signingSecrets(secrets, now) };
    if (config.kind === 'email') {
      await this.mailer.send(config.to, attempt, stop);
      return { status: null, retryAfter: undefined, problem: null };
    }
    const { allowInternalWebhooks: allowInternal } = this.settings;
    const { status, retryAfter, body } = await send(requestFor(config, attempt), { allowInternal, signal: stop });
    const isGood = status >= 200 && status < 300;
    return { status, retryAfter, problem: isGood ? null : `HTTP ${status}${body === '' ? '' : `: ${storable(body)}`}` };
  }

  private judge({ config, attempts }: ClaimedDelivery, answer: Answer, isStopping: boolean): Settlement {
    const now = this.clock.now();
    const { status, problem } = answer;
    const settle = (outcome: Settlement['outcome'], waitMs = 0) => ({
      outcome,
      at: new Date(now),
      nextAt: new Date(now + waitMs),
      status,
      problem: problem?.slice(0, PROBLEM_LENGTH) ?? null,
    });
    if (problem === null) return settle('delivered');
    if (isStopping && status === null) return settle('again');
    if (status === 410 && (config.kind === 'webhook' || config.kind === 'slack')) return settle('gone');
    if (isHopeless(config, status)) return settle('failed');
    const wait = waitAfter(attempts, randomInt(1_000) / 1_000, retryAfterOf(answer.retryAfter, now));
    return wait === null ? settle('failed') : settle('again', wait);
  }
}

/** Services that say the message itself is wrong will say so again; of a webhook's owner anything may be true tomorrow. */
function isHopeless({ kind }: ChannelConfig, status: number | null): boolean {
  return kind !== 'webhook' && status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function textOf(error: unknown): string {
  return storable(error instanceof Error ? error.message || String('code' in error ? error.code : error.name) : String(error));
}

/** On one line, and without what the database cannot hold. */
function storable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Surrogate}]+/gu, ' ').trim();
}
