import { expect, it } from 'vitest';
import { bytesField } from '../../otlp-body.js';
import { readFindings, type Source } from './reading.js';

const attributes = [{ key: 'feature_flag.key', value: { stringValue: 'a' } }];
const json = (body: unknown, signal: Source['signal'] = 'Spans'): Source => ({
  body: Buffer.from(JSON.stringify(body)),
  signal,
  isBinary: false,
});
const spansOf = (...spans: readonly unknown[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

it('numbers what it finds by span, over all parts of a request', async () => {
  const part = { scopeSpans: [{ spans: [{}, { attributes }] }, { spans: null }, { spans: [{ attributes }] }] };
  const { evaluations } = await readFindings(json({ resourceSpans: [part, {}, part] }));
  expect(evaluations.map(({ record }) => record)).toEqual([1, 2, 4, 5]);
});

it('reads log records of either form', async () => {
  const record = { eventName: 'feature_flag.evaluation', attributes };
  const { evaluations } = await readFindings(json({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }, 'LogRecords'));
  expect(evaluations).toMatchObject([{ flag: 'a' }]);
  const text = (number: number, value: string) => bytesField(number, Buffer.from(value));
  const attribute = bytesField(6, Buffer.concat([text(1, 'feature_flag.key'), bytesField(2, text(1, 'a'))]));
  const binary = Buffer.concat([attribute, text(12, 'feature_flag.evaluation')]);
  const body = bytesField(1, bytesField(2, bytesField(2, binary)));
  expect((await readFindings({ body, signal: 'LogRecords', isBinary: true })).evaluations).toMatchObject([{ flag: 'a' }]);
});

it('lets others work while it reads a long request', async () => {
  let turns = 0;
  let next: NodeJS.Immediate;
  const work = () => {
    turns += 1;
    next = setImmediate(work);
  };
  next = setImmediate(work);
  await readFindings(json(spansOf(...Array.from({ length: 2_000 }, () => ({})))));
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(9);
});

it.each([
  [{ resourceSpans: 7 }, '/resourceSpans', 'must be a list'],
  [{ resourceSpans: [7] }, '', 'must be an object that holds scopeSpans'],
  [[], '', 'must be an object that holds resourceSpans'],
  [spansOf({}, { traceId: 'x' }), '/Spans/1/traceId', expect.stringContaining('')],
  [spansOf(null), '/Spans/0', expect.stringContaining('')],
])('refuses %j', async (body, path, message) => {
  await expect(readFindings(json(body))).rejects.toMatchObject({ code: 'request.invalid', facts: { problems: [{ path, message }] } });
});
