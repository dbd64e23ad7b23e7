import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { ProcessLoad } from '@ballast/protocol';
import { attempt } from '../core/json.js';

const MICROS_PER_MS = 1_000;
/** What is heard of a shorter stretch is a spike. */
const SHORTEST_MS = 5_000;

/** Processors that this process may use: fewer than the machine has in a container with a quota, which the system's call does not know of. */
export function processors(quota: string, present: number): number {
  const [most, period] = quota.trim().split(/\s+/).map(Number);
  const given = Number(most) / Number(period);
  return Number(most) > 0 && given > 0 ? Math.min(present, given) : present;
}

const GROUPS = '/sys/fs/cgroup';

/** What the control group of this process may use of the processors, as its second version writes it; '' where nobody knows. */
export function cpuQuota(read = (path: string) => readFileSync(path, 'utf8')): string {
  const first = () => ['quota', 'period'].map((part) => read(`${GROUPS}/cpu/cpu.cfs_${part}_us`).trim()).join(' ');
  return attempt(() => read(`${GROUPS}/cpu.max`)) ?? attempt(first) ?? '';
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

/**
 * Watches this process from now on; whoever asks is told of the time since the last answer, and nothing sooner than five seconds after it.
 * Nothing is told where the runtime does not know.
 */
export function processLoad(shortestMs = SHORTEST_MS): () => ProcessLoad | undefined {
  const available = attempt(() => processors(cpuQuota(), availableParallelism())) ?? 1;
  let last = attempt(momentOf);
  return () => {
    const now = attempt(momentOf);
    if (!last || !now || now.at - last.at < shortestMs) return undefined;
    const from = last;
    last = now;
    return attempt(() => loadBetween(from, now, available));
  };
}

type Moment = ReturnType<typeof momentOf>;

function momentOf() {
  return { at: performance.now(), loop: performance.eventLoopUtilization(), cpu: process.cpuUsage() };
}

function loadBetween(from: Moment, to: Moment, available: number): ProcessLoad {
  const ms = to.at - from.at;
  const used = to.cpu.user - from.cpu.user + to.cpu.system - from.cpu.system;
  const { utilization } = performance.eventLoopUtilization(to.loop, from.loop);
  const cpu = used / MICROS_PER_MS / ms / available;
  return { ms: Math.round(ms), loop: thousandths(utilization), cpu: thousandths(cpu), memory: thousandths(memoryShare()) };
}
