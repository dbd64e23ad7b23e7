import { expect, it } from 'vitest';
import { SingleFlight } from './single-flight.js';

/** A task whose runs end when they are told to. */
function aTask() {
  const runs: { end: () => void; fail: () => void }[] = [];
  const flight = new SingleFlight(
    () => new Promise<void>((resolve, reject) => void runs.push({ end: resolve, fail: () => reject(new Error('failed')) })),
  );
  return { runs, flight };
}

it('shares one further run between all who ask while one runs', async () => {
  const { runs, flight } = aTask();
  const first = flight.run();
  const later = [flight.run(), flight.run()];
  expect(later[0]).toBe(later[1]);
  runs[0]?.end();
  await first;
  expect(runs).toHaveLength(2);
  runs[1]?.end();
  await Promise.all(later);
  expect(runs).toHaveLength(2);
});

it('runs again after a run that failed', async () => {
  const { runs, flight } = aTask();
  const first = flight.run();
  const second = flight.run();
  runs[0]?.fail();
  await expect(first).rejects.toThrow('failed');
  runs[1]?.end();
  await second;
  void flight.run();
  expect(runs).toHaveLength(3);
});

it('starts a run that sees what happened while another was waiting to start', async () => {
  const { runs, flight } = aTask();
  const first = flight.run();
  const second = flight.run();
  runs[0]?.end();
  await first;
  const third = flight.run();
  expect(third).not.toBe(second);
  runs[1]?.end();
  await second;
  runs[2]?.end();
  await third;
});
