import type { Message } from './protobuf.js';

// Field numbers of opentelemetry-proto 1.x (opentelemetry/proto/{common,trace,logs}/v1), as far as evaluations and outcomes need them.

const anyValue: Message = {
  1: { name: 'stringValue', kind: 'text' },
  2: { name: 'boolValue', kind: 'bool' },
  3: { name: 'intValue', kind: 'int64' },
  4: { name: 'doubleValue', kind: 'double' },
};

const keyValue: Message = { 1: { name: 'key', kind: 'text' }, 2: { name: 'value', kind: anyValue } };

const spanEvent: Message = {
  1: { name: 'timeUnixNano', kind: 'fixed64' },
  2: { name: 'name', kind: 'text' },
  3: { name: 'attributes', kind: keyValue, isList: true },
};

const span: Message = {
  1: { name: 'traceId', kind: 'hex' },
  2: { name: 'spanId', kind: 'hex' },
  4: { name: 'parentSpanId', kind: 'hex' },
  7: { name: 'startTimeUnixNano', kind: 'fixed64' },
  8: { name: 'endTimeUnixNano', kind: 'fixed64' },
  9: { name: 'attributes', kind: keyValue, isList: true },
  11: { name: 'events', kind: spanEvent, isList: true },
  15: { name: 'status', kind: { 3: { name: 'code', kind: 'int' } } },
};

const logRecord: Message = {
  1: { name: 'timeUnixNano', kind: 'fixed64' },
  6: { name: 'attributes', kind: keyValue, isList: true },
  9: { name: 'traceId', kind: 'hex' },
  10: { name: 'spanId', kind: 'hex' },
  11: { name: 'observedTimeUnixNano', kind: 'fixed64' },
  12: { name: 'eventName', kind: 'text' },
};

/** `ExportTraceServiceRequest`. */
export const TRACES: Message = {
  1: {
    name: 'resourceSpans',
    isList: true,
    kind: { 2: { name: 'scopeSpans', isList: true, kind: { 2: { name: 'spans', kind: span, isList: true } } } },
  },
};

/** `ExportLogsServiceRequest`. */
export const LOGS: Message = {
  1: {
    name: 'resourceLogs',
    isList: true,
    kind: { 2: { name: 'scopeLogs', isList: true, kind: { 2: { name: 'logRecords', kind: logRecord, isList: true } } } },
  },
};
