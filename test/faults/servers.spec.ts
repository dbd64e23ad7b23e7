import { expect, it } from 'vitest';
import { aWorld, isLong, tell } from './a-world.js';

const WRITES = isLong ? 10_000 : 1_000;
const KILLS = isLong ? 20 : 1;

it(`a server is killed in the middle of ${WRITES} writes`, async () => {
  const world = await aWorld();
  try {
    await world.aCrowd(50);
    const book = world.aBook();
    const writing = book.write(WRITES);
    for (let kill = 1; kill <= KILLS; kill++) {
      await book.reached(Math.floor((WRITES * kill) / (KILLS + 1)));
      await world.server.kill();
      await world.server.start();
    }
    await writing;
    const closing = await world.closing(book);
    expect(closing).toMatchObject({ acknowledged: WRITES, clients: 50 });
    expect(closing.failures).toBeGreaterThan(0);
    tell('kill -9 of the server', closing);
  } finally {
    await world.end();
  }
});
