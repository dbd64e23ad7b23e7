import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, requestIdOf } from '@ballast/streaming';
import { Refusal, type RefusalCode } from './errors.js';
import { problemOf } from './problem.js';

const CODES: Readonly<Record<string, RefusalCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body.too_large',
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
};

/** Answers what never became a request: headers without end, a half request, something that is no HTTP. The connection ends with it. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerTo(error.code ?? ''));
  socket.destroy(error);
}

function answerTo(code: string): string {
  const refusal = new Refusal(CODES[code] ?? 'request.failed');
  const requestId = requestIdOf({ headers: {} });
  const body = JSON.stringify(problemOf(refusal, requestId));
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
