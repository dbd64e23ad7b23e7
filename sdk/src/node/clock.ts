import { randomUUID } from 'node:crypto';
import type { Cancel, Platform } from '../core/transport.js';

/** Time and chance of a Node process; timers keep it alive only when asked to. */
export const clock: Pick<Platform, 'now' | 'elapsed' | 'random' | 'uuid' | 'after'> = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  uuid: () => randomUUID(),
  after,
};

function after(ms: number, task: () => void, holds = false): Cancel {
  const timer = setTimeout(task, ms);
  if (!holds) timer.unref();
  return () => clearTimeout(timer);
}
