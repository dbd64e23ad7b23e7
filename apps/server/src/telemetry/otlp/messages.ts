import type { Message } from './protobuf.js';

/** More attributes of anything than these are not looked at. */
export const MAX_ATTRIBUTES = 256;
/** More events of one span than these are not looked at. */
export const MAX_EVENTS = 1_000;

// Field numbers of opentelemetry-proto 1.x (opentelemetry/proto/{common,trace,logs}/v1), as far as evaluations and outcomes need them.

const anyValue: Message = {
  1: { name: 'stringValue', kind: 'text' },
  2: { name: 'boolValue', kind: 'bool' },
  3: { name: 'intValue', kind: 'int64' },
  4: { name: 'doubleValue', kind: 'double' },
};

const keyValue: Message = { 1: { name: 'key', kind: 'text' }, 2: { name: 'value', kind: anyValue } };

const attributes = { name: 'attributes', kind: keyValue, isList: true, most: MAX_ATTRIBUTES } as const;

const spanEvent: Message = {
  1: { name: 'timeUnixNano', kind: 'fixed64' },
  2: { name: 'name', kind: 'text' },
  3: attributes,
};

/** `Span`. */
export const SPAN: Message = {
  1: { name: 'traceId', kind: 'hex' },
  2: { name: 'spanId', kind: 'hex' },
  4: { name: 'parentSpanId', kind: 'hex' },
  7: { name: 'startTimeUnixNano', kind: 'fixed64' },
  8: { name: 'endTimeUnixNano', kind: 'fixed64' },
  9: attributes,
  11: { name: 'events', kind: spanEvent, isList: true, most: MAX_EVENTS },
  15: { name: 'status', kind: { 3: { name: 'code', kind: 'int' } } },
};

/** `LogRecord`. */
export const LOG_RECORD: Message = {
  1: { name: 'timeUnixNano', kind: 'fixed64' },
  6: attributes,
  9: { name: 'traceId', kind: 'hex' },
  10: { name: 'spanId', kind: 'hex' },
  11: { name: 'observedTimeUnixNano', kind: 'fixed64' },
  12: { name: 'eventName', kind: 'text' },
};
