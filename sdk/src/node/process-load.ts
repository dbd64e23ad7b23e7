import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { ProcessLoad } from '@ballast/protocol';

const MICROS_PER_MS = 1_000;
/** What is heard of a shorter stretch is a spike. */
const SHORTEST_MS = 5_000;

/** Processors that this process may use: fewer than the machine has in a container with a quota, which the system's call does not know of. */
export function processors(quota: string, present: number): number {
  const [most, period] = quota.trim().split(/\s+/).map(Number);
  return most && period ? Math.min(present, most / period) : present;
}

function cpuQuota(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return '';
  }
}

function thousandths(share: number): number {
  return Number.isFinite(share) ? Math.round(1_000 * Math.min(1, Math.max(0, share))) : 0;
}

/** The share of memory that is used: of the heap's limit, or of what the process may have, whichever is more. */
function memoryShare(): number {
  const { used_heap_size: heap, heap_size_limit: limit } = getHeapStatistics();
  const allowed = process.constrainedMemory() ?? 0;
  return Math.max(heap / limit, process.memoryUsage.rss() / (allowed > 0 ? Math.min(allowed, totalmem()) : totalmem()));
}

/** Watches this process from now on; whoever asks is told of the time since the last answer, and nothing sooner than five seconds after it. */
export function processLoad(shortestMs = SHORTEST_MS): () => ProcessLoad | undefined {
  const available = processors(cpuQuota(), availableParallelism());
  const state = () => ({ at: performance.now(), loop: performance.eventLoopUtilization(), cpu: process.cpuUsage() });
  let last = state();
  return () => {
    const now = state();
    const ms = now.at - last.at;
    if (ms < shortestMs) return undefined;
    const { user, system } = process.cpuUsage(last.cpu);
    const { utilization } = performance.eventLoopUtilization(now.loop, last.loop);
    last = now;
    const cpu = (user + system) / MICROS_PER_MS / ms / available;
    return { ms: Math.round(ms), loop: thousandths(utilization), cpu: thousandths(cpu), memory: thousandths(memoryShare()) };
  };
}
