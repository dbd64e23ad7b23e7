import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections: what was freed for a restart is not taken meanwhile. */
const FIRST = 12_000;
const COUNT = 16_000;

let next = (process.pid * 61) % COUNT;

/** A port that stays free while whoever has it is down for a moment. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    next = (next + 1) % COUNT;
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(FIRST + next, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return FIRST + next;
  }
  throw new Error('no port is free');
}
