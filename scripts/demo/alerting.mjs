import { setTimeout as delay } from 'node:timers/promises';
import { DemoError } from './options.mjs';
import { openReceiver } from './receiver.mjs';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** What the demo wants of the flag: of a hundred uses, ninety-nine succeed. Errors 4 times as many in 10 and in 2 minutes wake somebody. */
export const objective = {
  name: 'shop-works',
  indicator: { kind: 'success' },
  target: 0.99,
  alerting: { preset: 'rollout-guard' },
  runbook: 'https://runbooks.example/shop-works',
};

/** Sets an objective for a flag, and has its alerts sent to a receiver of the demo's own. */
export async function openAlerting(admin, flag, now) {
  const receiver = await openReceiver(now);
  const { secret } = await admin.openChannel(receiver.url);
  receiver.trust(secret);
  await admin.setObjective(flag, objective);
  const { received } = receiver;

  /** Settles with the first message of a type, or fails when none comes. */
  async function heard(type) {
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      if (received.refused > 0) throw new DemoError('a message came to the receiver that was not signed by the server');
      const found = received.alerts.find((alert) => alert.type === type);
      if (found !== undefined) return found;
      await delay(LOOK_EVERY_MS);
    }
    throw new DemoError(`no message ${type} came within ${PATIENCE_MS / 1_000} s`);
  }
  return { received, heard, close: () => receiver.close() };
}
