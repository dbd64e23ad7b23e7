import { setTimeout as pause } from 'node:timers/promises';
import type { Link } from './link.js';

/** Clients of one slice at least, slices at most, and the time between them: 10 000 clients are handed over within 2.5 s, any number within 5 s. */
const SLICE = 200;
const SLICES = 100;
const BETWEEN_MS = 50;

/** Says goodbye to all clients a slice at a time, so that the servers they go to are not stormed. The first slice goes within the call. */
export async function handOver(links: readonly Link[]): Promise<void> {
  const size = Math.max(SLICE, Math.ceil(links.length / SLICES));
  for (let at = 0; at < links.length; at += size) {
    if (at > 0) await pause(BETWEEN_MS);
    for (const link of links.slice(at, at + size)) link.dismiss('draining');
  }
}
