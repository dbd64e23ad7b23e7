import { Inject, Injectable } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { SETTINGS, type Settings } from '../../settings/index.js';
import { textOf, titleOf } from '../text.js';
import type { Attempt } from './requests.js';

const PATIENCE_MS = 10_000;
/** How long a mail server may take, all in all: one that says a little now and then would otherwise be waited for without end. */
const TIMEOUT_MS = 15_000;

/** Sends messages by e-mail, through the server that the settings name. */
@Injectable()
export class Mailer {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Hands a message to the mail server; it has the same `Message-ID` in every attempt. */
  async send(to: readonly string[], attempt: Attempt, stop: AbortSignal): Promise<void> {
    const { smtpUrl, mailFrom } = this.settings;
    if (smtpUrl === null) throw new Error('there is no mail server: SMTP_URL is not set');
    const transport = createTransport({
      url: smtpUrl,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      dnsTimeout: PATIENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      await transport.sendMail({ from: mailFrom, ...mailOf(to, attempt), signal: AbortSignal.any([timeout, stop]) });
    } catch (error) {
      throw timeout.aborted ? new Error(`no answer within ${TIMEOUT_MS / 1_000} s`, { cause: error }) : error;
    } finally {
      transport.close();
    }
  }
}

/** A message as a mail, without who sends it. */
export function mailOf(to: readonly string[], { message, messageId }: Attempt) {
  return {
    to: [...to],
    subject: titleOf(message),
    text: textOf(message),
    messageId: `<${messageId}@ballast>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
