import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
const PATIENCE_MS = 150_000;

/** Settles as soon as the answer satisfies, with that answer; fails with the last one when that takes too long. */
export async function until<Answer>(
  ask: () => Promise<Answer> | Answer,
  holds: (answer: Answer) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<Answer> {
  for (const end = performance.now() + patienceMs; ; await delay(POLL_MS)) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > end) throw new Error(`in ${patienceMs} ms it did not come to pass; last seen: ${JSON.stringify(answer)}`);
  }
}
