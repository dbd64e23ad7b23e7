import type { CacheOwner, SnapshotCache } from '../core/transport.js';

/** Keeps the last known good snapshot in `localStorage`, one entry per server and key. Client keys are public, so the name may hold one. */
export function localCache({ url, key }: CacheOwner): SnapshotCache {
  const name = `ballast:${url}:${key}`;
  return {
    load: () => globalThis.localStorage?.getItem(name),
    save: async (text) => globalThis.localStorage?.setItem(name, text),
  };
}
