import type { Platform } from '../core/transport.js';

/** Time and chance of a page. */
export const clock: Pick<Platform, 'now' | 'elapsed' | 'random' | 'uuid' | 'after'> = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  uuid,
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** `crypto.randomUUID` exists in secure contexts only; random bytes exist everywhere. */
function uuid(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
