import { bytesField, intField, type OtlpBody, PROTOBUF } from '../../otlp-body.js';

/** What a request is about. */
export type Signal = 'Spans' | 'LogRecords';

/** What of a request was not counted: how many spans or log records, and why, in numbers of evaluations. */
export interface Refused {
  readonly rejected: number;
  readonly reasons: ReadonlyMap<string, number>;
}

function messageOf(reasons: ReadonlyMap<string, number>): string {
  return `not counted: ${[...reasons].map(([why, count]) => `${count} evaluations ${why}`).join('; ')}`;
}

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: with a partial success when evaluations were refused. */
export function exportAnswer(signal: Signal, { rejected, reasons }: Refused, isBinary: boolean): OtlpBody {
  if (isBinary) {
    const partial = Buffer.concat([intField(1, rejected), bytesField(2, Buffer.from(messageOf(reasons)))]);
    return { type: PROTOBUF, body: rejected === 0 ? Buffer.alloc(0) : bytesField(1, partial) };
  }
  const partialSuccess = { [`rejected${signal}`]: String(rejected), errorMessage: messageOf(reasons) };
  return { type: 'application/json', body: JSON.stringify(rejected === 0 ? {} : { partialSuccess }) };
}
