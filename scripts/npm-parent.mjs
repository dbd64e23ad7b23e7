const LOOK_MS = 200;

/**
 * npm hands SIGTERM to its shell, and many shells hand it to nobody. Whoever was started by npm therefore ends, in the ordinary way,
 * as soon as that shell is gone.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const { ppid } = process;
  const looking = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(looking);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  looking.unref();
}
