import { isFinal } from '@ballast/protocol';
import type { Cancel, Http } from './transport.js';

/** The parts of the fetch standard that are used, so that the core compiles with neither DOM nor Node. */
export interface FetchParts<Signal> {
  readonly fetch: (url: string, init: FetchInit<Signal>) => Promise<{ readonly status: number; text(): Promise<string> }>;
  readonly aborter: () => { readonly signal: Signal; abort(): void };
  readonly after: (ms: number, task: () => void) => Cancel;
}

interface FetchInit<Signal> {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | null;
  keepalive: boolean;
  credentials: 'omit';
  signal: Signal;
}

/** HTTP by fetch, with one time limit over the whole exchange. */
export function fetchHttp<Signal>({ fetch, aborter, after }: FetchParts<Signal>): Http {
  return ({ url, key, instance, body, timeoutMs, last = false }, answer) => {
    const abort = aborter();
    const stop = after(timeoutMs, () => abort.abort());
    let isWanted = true;
    const settle = (status: number, text: string): void => {
      stop();
      if (isWanted) answer({ status, text });
    };
    const exchange = async (): Promise<void> => {
      const response = await fetch(url, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${key}`, 'ballast-instance': instance, 'content-type': 'application/json' },
        body: body ?? null,
        keepalive: last,
        credentials: 'omit',
        signal: abort.signal,
      });
      const { status } = response;
      const text = await response.text();
      settle(isForeign(status, text) ? 0 : status, text);
    };
    exchange().catch((error: unknown) => settle(0, String(error)));
    return () => {
      isWanted = false;
      stop();
      abort.abort();
    };
  };
}

/** Whether somebody in between, a proxy say, turned the request away: only Ballast itself can say that a key is not valid. */
function isForeign(status: number, text: string): boolean {
  return isFinal(status) && !/"code":\s*"auth\./.test(text);
}
