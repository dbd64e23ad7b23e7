import { bytesField, intField, type OtlpBody, PROTOBUF } from '../../otlp-body.js';

/** What a request is about. */
export type Signal = 'Spans' | 'LogRecords';

function messageOf(refused: ReadonlyMap<string, number>): string {
  return `not counted: ${[...refused].map(([why, count]) => `${count} evaluations ${why}`).join('; ')}`;
}

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: with a partial success when evaluations were refused. */
export function exportAnswer(signal: Signal, refused: ReadonlyMap<string, number>, isBinary: boolean): OtlpBody {
  const count = [...refused.values()].reduce((sum, each) => sum + each, 0);
  if (isBinary) {
    const partial = Buffer.concat([intField(1, count), bytesField(2, Buffer.from(messageOf(refused)))]);
    return { type: PROTOBUF, body: count === 0 ? Buffer.alloc(0) : bytesField(1, partial) };
  }
  const partialSuccess = { [`rejected${signal}`]: String(count), errorMessage: messageOf(refused) };
  return { type: 'application/json', body: JSON.stringify(count === 0 ? {} : { partialSuccess }) };
}
