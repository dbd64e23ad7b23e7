import type { CacheOwner, SnapshotCache } from '../core/transport.js';

/** The parts of `localStorage` that are used. */
export interface StorageLike {
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
}

/** Keeps the last known good snapshot in `localStorage`, one entry per server and key. Client keys are public, so the name may hold one. */
export function localCache(storage: () => StorageLike | undefined, { url, key }: CacheOwner): SnapshotCache {
  const name = `ballast:${url}:${key}`;
  return {
    load: () => storage()?.getItem(name) ?? null,
    save: async (text) => storage()?.setItem(name, text),
  };
}
