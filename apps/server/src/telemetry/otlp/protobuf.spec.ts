import { expect, it } from 'vitest';
import { bytesField, intField } from '../../otlp-body.js';
import { decodeProtobuf, type Message, messagesIn } from './protobuf.js';

const INNER: Message = { 1: { name: 'text', kind: 'text' } };
const MESSAGE: Message = {
  1: { name: 'int', kind: 'int' },
  2: { name: 'list', kind: INNER, isList: true },
  3: { name: 'time', kind: 'fixed64' },
  4: { name: 'id', kind: 'hex' },
  5: { name: 'long', kind: 'int64' },
  6: { name: 'is', kind: 'bool' },
  7: { name: 'double', kind: 'double' },
  8: { name: 'few', kind: 'int', isList: true, most: 2 },
};

const decode = (...bytes: readonly number[]) => decodeProtobuf(Buffer.from(bytes), MESSAGE);

it('reads every kind of field, and passes over those it does not know', () => {
  const fixed = Buffer.alloc(8);
  fixed.writeBigUInt64LE(1_544_712_660_300_000_000n);
  const double = Buffer.alloc(8);
  double.writeDoubleLE(-0.5);
  const body = Buffer.concat([
    intField(1, 300),
    bytesField(2, bytesField(1, Buffer.from('grün'))),
    bytesField(2, Buffer.alloc(0)),
    Buffer.from([0x19]),
    fixed,
    bytesField(4, Buffer.from('0aff', 'hex')),
    Buffer.from([0x28, ...Array.from({ length: 9 }, () => 0xff), 0x01, 0x30, 0x01, 0x39]),
    double,
    intField(99, 7),
    bytesField(98, Buffer.from('unknown')),
    Buffer.from([0xbd, 0x06, 1, 2, 3, 4]),
  ]);
  expect(decodeProtobuf(body, MESSAGE)).toEqual({
    int: 300,
    list: [{ text: 'grün' }, {}],
    time: '1544712660300000000',
    id: '0aff',
    long: '-1',
    is: true,
    double: -0.5,
  });
});

it.each([
  ['a varint without end', [0x08, 0x80]],
  ['a varint that is too long', [0x08, ...Array.from({ length: 11 }, () => 0x80)]],
  ['a length beyond the end', [0x22, 0x05, 0x01]],
  ['a length beyond all memory', [0x22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ['a field of another wire type', [0x0a, 0x00]],
  ['a group', [0x0b]],
  ['field number 0', [0x00, 0x00]],
  ['text that is not UTF-8', [0x12, 0x03, 0x0a, 0x01, 0xff]],
])('takes %s for no message', (_, bytes) => {
  expect(decode(...bytes)).toBeNull();
});

it('passes over what is beyond the length of a list', () => {
  expect(decode(0x40, 1, 0x40, 2, 0x40, 3, 0x08, 4)).toEqual({ few: [1, 2], int: 4 });
});

it('finds the messages of one field, and no more than it needs to know that there are too many', () => {
  const body = Buffer.concat([
    intField(1, 7),
    bytesField(2, Buffer.from('a')),
    bytesField(2, Buffer.from('b')),
    bytesField(2, Buffer.from('c')),
  ]);
  expect(messagesIn(body, 2, 5)?.map(String)).toEqual(['a', 'b', 'c']);
  expect(messagesIn(body, 2, 1)?.map(String)).toEqual(['a', 'b']);
  expect(messagesIn(body, 1, 5)).toBeNull();
  expect(messagesIn(body.subarray(0, -1), 2, 5)).toBeNull();
});

it('never fails otherwise, whatever it is given', () => {
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  for (let run = 0; run < 20_000; run++) {
    const decoded = decode(...Array.from({ length: next() % 24 }, next));
    expect(typeof decoded).toBe('object');
  }
});
