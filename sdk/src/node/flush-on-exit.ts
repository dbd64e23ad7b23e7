import type { Cancel } from '../core/transport.js';

const LONGEST_DELAY_MS = 1_000;
/** What asks a process to end: the system, and whoever sits at the terminal. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type Flush = () => Promise<unknown>;

/** Where a process keeps what all copies of this package in it share: two that listen for themselves would wait for each other. */
const PLACE = Symbol.for('@ballast/sdk/flush-on-exit');

/** Clients that want to be asked; the listeners of one copy per process serve them all. */
interface Exit {
  readonly flushes: Set<Flush>;
  readonly beforeExit: () => void;
  readonly onSignal: (signal: (typeof SIGNALS)[number]) => void;
}

const own: Exit = { flushes: new Set(), beforeExit, onSignal };

function theExit(): Exit {
  const known: Exit | undefined = Reflect.get(process, PLACE);
  if (known === undefined) Reflect.set(process, PLACE, own);
  return known ?? own;
}

/**
 * Flushes before the process ends by itself, by SIGTERM or by SIGINT. Where nobody else listens to the signal it is sent again once the flush
 * is done, at most a second later, so that the process still dies of it; where somebody does, the end is left to them. A second signal is not waited for.
 */
export function onExit(flush: Flush): Cancel {
  const exit = theExit();
  const asked: Flush = () => flush();
  listen(exit);
  exit.flushes.add(asked);
  return () => {
    exit.flushes.delete(asked);
    if (exit.flushes.size === 0) stopListening(exit);
  };
}

function listen(exit: Exit): void {
  stopListening(exit);
  process.on('beforeExit', exit.beforeExit);
  for (const signal of SIGNALS) process.on(signal, exit.onSignal);
}

function stopListening(exit: Exit): void {
  process.off('beforeExit', exit.beforeExit);
  for (const signal of SIGNALS) process.off(signal, exit.onSignal);
}

/** Only once: a flush that cannot succeed must not keep a finished process alive. */
function beforeExit(): void {
  process.off('beforeExit', beforeExit);
  void flushAll();
}

function onSignal(signal: (typeof SIGNALS)[number]): void {
  const isAlone = process.listenerCount(signal) === 1;
  // Whoever is in a hurry sends it again, and the process dies of that.
  if (isAlone) process.off(signal, onSignal);
  const flushed = flushAll();
  if (!isAlone) return;
  const die = (): void => void process.kill(process.pid, signal);
  const timer = setTimeout(die, LONGEST_DELAY_MS);
  void flushed.then(() => {
    clearTimeout(timer);
    die();
  });
}

function flushAll(): Promise<unknown> {
  return Promise.allSettled([...own.flushes].map((flush) => flush()));
}
