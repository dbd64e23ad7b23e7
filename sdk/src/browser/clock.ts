import type { Platform } from '../core/transport.js';

/** Time and chance of a page. */
export const clock: Pick<Platform, 'now' | 'elapsed' | 'random' | 'uuid' | 'after'> = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  // `crypto.randomUUID` exists in secure contexts only; random numbers exist everywhere.
  uuid: () => crypto.getRandomValues(new Uint32Array(4)).join('-'),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
