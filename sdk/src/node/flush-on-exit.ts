import type { Cancel } from '../core/transport.js';

const LONGEST_DELAY_MS = 1_000;

type Flush = () => Promise<unknown>;

/** Clients that want to be asked; one listener per process serves them all. */
const flushes = new Set<Flush>();

/**
 * Flushes before the process ends by itself or by SIGTERM. Where nobody else listens to SIGTERM the signal is sent again once the flush
 * is done, at most a second later, so that the process still dies of it; where somebody does, the end is left to them.
 */
export function onExit(flush: Flush): Cancel {
  const own: Flush = () => flush();
  listen();
  flushes.add(own);
  return () => {
    flushes.delete(own);
    if (flushes.size === 0) stopListening();
  };
}

function listen(): void {
  stopListening();
  process.on('beforeExit', beforeExit);
  process.on('SIGTERM', onSigterm);
}

function stopListening(): void {
  process.off('beforeExit', beforeExit);
  process.off('SIGTERM', onSigterm);
}

/** Only once: a flush that cannot succeed must not keep a finished process alive. */
function beforeExit(): void {
  process.off('beforeExit', beforeExit);
  void flushAll();
}

function onSigterm(): void {
  const isAlone = process.listenerCount('SIGTERM') === 1;
  const flushed = flushAll();
  if (!isAlone) return;
  const die = (): void => {
    process.off('SIGTERM', onSigterm);
    process.kill(process.pid, 'SIGTERM');
  };
  const timer = setTimeout(die, LONGEST_DELAY_MS);
  void flushed.then(() => {
    clearTimeout(timer);
    die();
  });
}

function flushAll(): Promise<unknown> {
  return Promise.allSettled([...flushes].map((flush) => flush()));
}
