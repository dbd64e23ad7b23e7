import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Batch, CounterForwarder, type UpstreamAnswer } from './counter-forwarder.js';

const CUT_OFF = { outcome: 'not-now', code: 'relay.cut_off', retryAfter: 5 };
const BUSY = { outcome: 'not-now', code: 'telemetry.busy', retryAfter: 5 };

type Sent = readonly { readonly view: string; readonly batch: number }[];

/** A forwarder, what it sent, and an upstream that answers as it is told, when it is told. */
function aForwarder(answer: (sent: Sent) => UpstreamAnswer, options: { isReachable?: () => boolean; maxBytes?: number } = {}) {
  const requests: Sent[] = [];
  let open: () => void = () => undefined;
  let gate: Promise<void> = Promise.resolve();
  const forwarder = new CounterForwarder({
    isReachable: () => true,
    maxBytes: 1_000_000_000,
    ...options,
    post: async (gzipped) => {
      const { batches } = JSON.parse(gunzipSync(gzipped).toString());
      requests.push(batches);
      await gate;
      return answer(batches);
    },
  });
  const close = () => {
    gate = new Promise((resolve) => {
      open = resolve;
    });
  };
  return { forwarder, requests, close, open: () => open() };
}

const aBatch = (batch: number): Batch => ({ view: 'server', text: String(batch) });
const counted = (sent: Sent): UpstreamAnswer => ({
  status: 200,
  body: { verdicts: sent.map(({ batch }) => ({ outcome: 'counted', rejectedRows: batch })) },
});

it('sends together what comes while a request is under way, and gives each batch its own verdict', async () => {
  const { forwarder, requests, close, open } = aForwarder(counted);
  close();
  const first = forwarder.forward(aBatch(1));
  const others = [2, 3, 4].map((batch) => forwarder.forward({ view: 'client', text: String(batch) }));
  expect(forwarder.size).toBe(4);
  open();
  expect(await first).toEqual({ outcome: 'counted', rejectedRows: 1 });
  expect(await Promise.all(others)).toEqual([2, 3, 4].map((rejectedRows) => ({ outcome: 'counted', rejectedRows })));
  expect(requests).toEqual([[{ view: 'server', batch: 1 }], [2, 3, 4].map((batch) => ({ view: 'client', batch }))]);
  await forwarder.drain();
  expect(forwarder.size).toBe(0);
});

it('puts no more into one request than upstream takes', async () => {
  const { forwarder, requests } = aForwarder(counted);
  await Promise.all(Array.from({ length: 500 }, (_, i) => forwarder.forward(aBatch(i))));
  expect(requests.map(({ length }) => length)).toEqual([1, 200, 200, 99]);
  const large: Batch = { view: 'server', text: `${'1'.repeat(300)}${' '.repeat(299_700)}` };
  await Promise.all(Array.from({ length: 7 }, () => forwarder.forward(large)));
  expect(requests.slice(4).map(({ length }) => length)).toEqual([1, 3, 3]);
});

it('takes no more than fits, and takes more when there is room again', async () => {
  const { forwarder, close, open } = aForwarder(counted, { maxBytes: 2 });
  close();
  const taken = [forwarder.forward(aBatch(1)), forwarder.forward(aBatch(2))];
  expect(await forwarder.forward(aBatch(3))).toEqual(BUSY);
  open();
  await Promise.all(taken);
  await forwarder.drain();
  expect(await forwarder.forward(aBatch(3))).toMatchObject({ outcome: 'counted' });
});

it.each([
  ['no answer', { status: 0, body: undefined }, CUT_OFF],
  ['an error', { status: 500, body: undefined }, CUT_OFF],
  ['a refused key', { status: 401, body: undefined }, CUT_OFF],
  ['an answer that cannot be read', { status: 200, body: { verdicts: 'all fine' } }, CUT_OFF],
  ['fewer verdicts than batches', { status: 200, body: { verdicts: [] } }, CUT_OFF],
  ['too much at once', { status: 429, body: undefined }, BUSY],
] as const)('lets every client come again after %s', async (_, answer, outcome) => {
  const { forwarder } = aForwarder(() => answer);
  expect(await Promise.all([1, 2, 3].map((batch) => forwarder.forward(aBatch(batch))))).toEqual([outcome, outcome, outcome]);
});

it('does not try while there is no connection', async () => {
  const { forwarder, requests } = aForwarder(counted, { isReachable: () => false });
  expect(await forwarder.forward(aBatch(1))).toEqual(CUT_OFF);
  expect(requests).toEqual([]);
});

it('lets no batch fail for its neighbours', async () => {
  const { forwarder, close, open } = aForwarder((sent) =>
    sent.some(({ batch }) => batch === 13) ? { status: 400, body: undefined } : counted(sent),
  );
  close();
  const first = forwarder.forward(aBatch(1));
  const others = [12, 13, 14].map((batch) => forwarder.forward(aBatch(batch)));
  open();
  await first;
  const verdicts = await Promise.all(others);
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['counted', 'invalid', 'counted']);
});
