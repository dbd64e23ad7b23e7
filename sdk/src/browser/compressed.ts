import { WORTH_COMPRESSING } from '../core/limits.js';

interface Request {
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/** A request whose body is compressed if that pays, where the browser can. */
export async function compressed<Init extends Request>(
  init: Init,
): Promise<Omit<Init, 'body'> & { readonly body: string | ArrayBuffer | null }> {
  const { body, headers } = init;
  if (body === null || body.length < WORTH_COMPRESSING || !globalThis.CompressionStream) return init;
  const zipped = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'));
  return { ...init, body: await new Response(zipped).arrayBuffer(), headers: { ...headers, 'content-encoding': 'gzip' } };
}
