import { expect, it } from 'vitest';
import type { Span } from './export-requests.js';
import { findInLogs, findInSpans } from './findings.js';

const TRACE = '5b8efff798038103d269b633813fc60c';
const attributesOf = (facts: Readonly<Record<string, string>>) =>
  Object.entries(facts).map(([key, stringValue]) => ({ key, value: { stringValue } }));

function aSpan(change: Partial<Span> = {}): Span {
  return {
    traceId: TRACE,
    spanId: 'eee19b7ec3c1b174',
    startTimeUnixNano: '1544712660000000000',
    endTimeUnixNano: '1544712660500000001',
    ...change,
  };
}

it('reads an evaluation from the attributes of a span, by the names of now and of before', () => {
  const facts = { 'feature_flag.key': 'checkout', 'feature_flag.version': '7', 'feature_flag.set.id': 'default/test' };
  const now = { ...facts, 'feature_flag.result.variant': 'on', 'feature_flag.result.reason': 'targeting_match' };
  const spans = [
    aSpan({ attributes: attributesOf(now) }),
    aSpan({ attributes: attributesOf({ ...facts, 'feature_flag.variant': 'off' }) }),
  ];
  const { evaluations } = findInSpans(spans);
  const expected = { traceId: TRACE, flag: 'checkout', version: 7, set: 'default/test', at: 1_544_712_660_000 };
  expect(evaluations).toMatchObject([
    { ...expected, variant: 'on', reason: 'TARGETING_MATCH' },
    { ...expected, variant: 'off', reason: 'UNKNOWN' },
  ]);
});

it('reads the names of the oldest conventions too', () => {
  const facts = { 'feature_flag.key': 'checkout', 'feature_flag.variant': 'on', 'feature_flag.evaluation.reason': 'split' };
  const theirs = attributesOf({ ...facts, 'feature_flag.provider_name': 'theirs' });
  const ours = attributesOf({ ...facts, 'feature_flag.provider_name': 'ballast' });
  const { evaluations } = findInSpans([aSpan({ events: [{ attributes: theirs }, { attributes: ours }] })]);
  expect(evaluations).toMatchObject([{ flag: 'checkout', variant: 'on', reason: 'SPLIT' }]);
});

it('tells evaluations of one span apart by their flag and variant', () => {
  const eventOf = (variant: string) => ({ attributes: attributesOf({ 'feature_flag.key': 'a', 'feature_flag.result.variant': variant }) });
  const { evaluations } = findInSpans([aSpan(), aSpan({ events: [eventOf('on'), eventOf('off'), eventOf('on')] })], 5);
  const [first, other, again] = evaluations;
  expect(evaluations.map(({ record }) => record)).toEqual([6, 6, 6]);
  expect(again?.id).toBe(first?.id);
  expect(other?.id).not.toBe(first?.id);
});

it('takes an evaluation with an error for one', () => {
  const attributes = attributesOf({ 'feature_flag.key': 'a', 'error.type': 'type_mismatch', 'feature_flag.result.reason': 'static' });
  expect(findInSpans([aSpan({ attributes })]).evaluations).toMatchObject([{ reason: 'ERROR', variant: undefined, version: 0 }]);
});

it('leaves out what our own SDK has counted by itself', () => {
  const attributes = attributesOf({ 'feature_flag.key': 'a', 'feature_flag.provider.name': 'ballast' });
  expect(findInSpans([aSpan({ attributes, events: [{ attributes }] })]).evaluations).toEqual([]);
});

it('takes the span without a parent for the end of its trace, exact to the nanosecond', () => {
  const { roots } = findInSpans([
    aSpan({ parentSpanId: 'aaaaaaaaaaaaaaaa' }),
    aSpan({ parentSpanId: '0000000000000000', status: { code: 2 } }),
    aSpan({ traceId: '0'.repeat(32) }),
    aSpan({ traceId: TRACE.toUpperCase(), endTimeUnixNano: '1' }),
  ]);
  expect(roots).toEqual([
    { traceId: TRACE, ok: false, ms: 500.000001, at: 1_544_712_660_500 },
    { traceId: TRACE, ok: true, ms: null, at: 0 },
  ]);
});

it('reads log records of that event only, with or without a trace', () => {
  const attributes = attributesOf({ 'feature_flag.key': 'a', 'feature_flag.context.id': 'u-1' });
  const times = { timeUnixNano: '0', observedTimeUnixNano: '5000000' };
  const { evaluations } = findInLogs([
    { eventName: 'feature_flag.evaluation', attributes, ...times },
    { attributes: [...attributes, ...attributesOf({ 'event.name': 'feature_flag.evaluation' })], ...times, traceId: TRACE, spanId: 'b1' },
    { eventName: 'something.else', attributes, ...times },
    { attributes, ...times },
  ]);
  expect(evaluations).toMatchObject([
    { traceId: '', at: 5, id: JSON.stringify(['5000000', 'a', 'u-1']) },
    { traceId: TRACE, at: 5, id: JSON.stringify([TRACE, 'b1', 'a', undefined]) },
  ]);
});

it.each([
  [2, false],
  ['STATUS_CODE_ERROR', false],
  [1, true],
  [0, true],
  ['STATUS_CODE_OK', true],
  [null, true],
])('reads the status %j', (code, ok) => {
  expect(findInSpans([aSpan({ status: { code } })]).roots).toMatchObject([{ ok }]);
});
