import { setImmediate as breathe } from 'node:timers/promises';
import type { z } from 'zod';
import { refuse } from '../../errors.js';
import { invalidRequest } from '../../problem.js';
import type { Signal } from './answers.js';
import { logRecord, span } from './export-requests.js';
import { type Evaluated, type Findings, findInLogs, findInSpans, type Root } from './findings.js';
import { LOG_RECORD, SPAN } from './messages.js';
import { decodeProtobuf, type Message } from './protobuf.js';
import { binaryItems, jsonItems } from './request-items.js';

/** So many spans or log records are read before everybody else gets a turn. */
const SLICE = 200;

/** What a body holds, and how it is written. */
export interface Source {
  readonly body: Buffer;
  readonly signal: Signal;
  readonly isBinary: boolean;
}

/** Finds what a request says of flags, and lets others work in between. */
export async function readFindings(source: Source): Promise<Findings> {
  const items = source.isBinary ? binaryItems(source.body) : jsonItems(source.body, source.signal);
  const evaluations: Evaluated[] = [];
  const roots: Root[] = [];
  for (let start = 0; start < items.length; start += SLICE) {
    const found = findIn(items.slice(start, start + SLICE), start, source.signal);
    evaluations.push(...found.evaluations);
    roots.push(...found.roots);
    await breathe();
  }
  return { evaluations, roots };
}

function findIn(items: readonly unknown[], start: number, signal: Signal): Findings {
  const of = { start, signal };
  return signal === 'Spans'
    ? findInSpans(parseAll(items, { schema: span, message: SPAN, ...of }), start)
    : findInLogs(parseAll(items, { schema: logRecord, message: LOG_RECORD, ...of }), start);
}

interface Format<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly message: Message;
  readonly start: number;
  readonly signal: Signal;
}

/** Bytes are a message of protobuf, anything else is JSON. */
function parseAll<Schema extends z.ZodType>(
  items: readonly unknown[],
  { schema, message, start, signal }: Format<Schema>,
): z.infer<Schema>[] {
  return items.map((item, index) => {
    const decoded = Buffer.isBuffer(item) ? (decodeProtobuf(item, message) ?? refuse('body.malformed')) : item;
    const parsed = schema.safeParse(decoded);
    if (parsed.success) return parsed.data;
    throw invalidRequest(parsed.error.issues.map((issue) => ({ ...issue, path: [signal, start + index, ...issue.path] })));
  });
}
