import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { nestingOf } from '@ballast/streaming';
import { refuse } from './answer.js';

const unzip = promisify(gunzip);
const READABLE_TYPE = /^(?:application\/json|text\/plain|application\/[\w.-]+\+json)\s*(?:;|$)/i;
const MAX_DEPTH = 64;
/** Bytes of a body at most, before and after it is inflated, where no door wants fewer. */
const MAX_BYTES = 1_048_576;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body that was read: its text, and what it says. */
export interface ReadBody {
  readonly text: string;
  readonly value: unknown;
}

/** Reads a JSON body under any of its names, and the `text/plain` that a browser's beacon sends, compressed or not; refuses what no SDK sends. */
export async function readBody(request: IncomingMessage, most = MAX_BYTES): Promise<ReadBody> {
  if (!hasBody(request)) return { text: '', value: undefined };
  if (!READABLE_TYPE.test(request.headers['content-type'] ?? '')) refuse('body.unsupported_type');
  const text = decode(await inflate(request, await gather(request, most), most));
  if (text === '') return { text, value: undefined };
  if (nestingOf(text, MAX_DEPTH) > MAX_DEPTH) refuse('body.too_deep', { max: MAX_DEPTH });
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return refuse('body.malformed');
  }
}

/** Whether a body comes with a request. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

async function gather(request: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) refuse('body.too_large');
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > most) refuse('body.too_large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function inflate(request: IncomingMessage, body: Buffer, most: number): Promise<Buffer> {
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding === 'identity') return body;
  if (coding !== 'gzip') return refuse('body.unsupported_type');
  try {
    return await unzip(body, { maxOutputLength: most });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? refuse('body.too_large', { max: most }) : refuse('body.malformed');
  }
}

function decode(raw: Buffer): string {
  try {
    return utf8.decode(raw);
  } catch {
    return refuse('body.malformed');
  }
}
