/** So many milliseconds of the demo pass in one: objectives are about whole minutes, and nobody wants to watch them pass. */
export const SPEED = 15;
/** The time of the demo begins with the demo. */
export const EPOCH = 'DEMO_EPOCH';

/** What time it is in the demo, by the machine's clock. */
export function timeOf(env, now) {
  const epoch = Number(env[EPOCH]);
  const origin = Number.isFinite(epoch) && epoch > 0 ? epoch : now();
  return () => Math.round(origin + (now() - origin) * SPEED);
}
