import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { WORTH_COMPRESSING } from '../core/limits.js';

const zip = promisify(gzip);

/** A request whose body is compressed if that pays. */
export async function compressed<Init extends { readonly headers: Record<string, string>; readonly body: string | null }>(
  init: Init,
): Promise<Omit<Init, 'body'> & { readonly body: string | Uint8Array<ArrayBuffer> | null }> {
  const { body, headers } = init;
  if (body === null || body.length < WORTH_COMPRESSING) return init;
  return { ...init, body: new Uint8Array(await zip(body)), headers: { ...headers, 'content-encoding': 'gzip' } };
}
