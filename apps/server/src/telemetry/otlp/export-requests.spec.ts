import { expect, it } from 'vitest';
import { bytesField } from '../../otlp-body.js';
import { span } from './export-requests.js';
import { LOG_RECORD, SPAN } from './messages.js';
import { decodeProtobuf } from './protobuf.js';

const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const fields = (number: number, count: number) => Buffer.concat(many(count, bytesField(number, Buffer.alloc(0))));

it('looks at so many attributes and events only, in JSON', () => {
  const events = [{ attributes: many(300, { key: 'a' }) }, ...many(1_000, {})];
  const read = span.parse({ attributes: many(300, { key: 'a' }), events });
  expect([read.attributes?.length, read.events?.length, read.events?.[0]?.attributes?.length]).toEqual([256, 1_000, 256]);
});

it('looks at so many attributes and events only, in protobuf', () => {
  expect(decodeProtobuf(Buffer.concat([fields(9, 300), fields(11, 1_001)]), SPAN)).toEqual({
    attributes: many(256, {}),
    events: many(1_000, {}),
  });
  expect(decodeProtobuf(fields(6, 300), LOG_RECORD)).toEqual({ attributes: many(256, {}) });
});

it.each([
  ['1544712660000000001', '1544712660000000001'],
  [1_544_712_660_000_000_000, 1_544_712_660_000_000_000],
  [1.5, 1],
  [null, null],
])('reads the time %j', (startTimeUnixNano, read) => {
  expect(span.parse({ startTimeUnixNano })).toEqual({ startTimeUnixNano: read });
});

it.each([-1, '-1', 'now', '1e9', {}])('takes %j for no time', (startTimeUnixNano) => {
  expect(span.safeParse({ startTimeUnixNano }).success).toBe(false);
});
