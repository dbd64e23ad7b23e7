import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
import { isInternalAddress } from './internal-address.js';

/** How long a receiver may take, all in all. */
const TIMEOUT_MS = 15_000;
/** As much of an answer as is worth keeping. */
const ANSWER_BYTES = 2_048;

/** A request to somebody else's server; always a POST. */
export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back. */
export interface Incoming {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The start of the body. */
  readonly body: string;
}

/** How a request is sent. */
export interface SendOptions {
  /** Whether it may go to addresses that are no part of the public internet. */
  readonly allowInternal: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Sends a request to an address that a tenant chose. Redirects are not followed, nothing waits longer than 15 seconds, and no more
 * than the start of the answer is read. The address that was checked is the one that is connected to: a name is resolved only once.
 */
export async function send(outgoing: Outgoing, { allowInternal, signal: stop }: SendOptions): Promise<Incoming> {
  const url = new URL(outgoing.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowInternal && isIP(host) !== 0 && isInternalAddress(host)) throw new Error(refusalOf(host));
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = stop === undefined ? timeout : AbortSignal.any([timeout, stop]);
  const request = url.protocol === 'https:' ? secureRequest : plainRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      agent: false,
      signal,
      headers: { ...outgoing.headers, 'content-length': String(Buffer.byteLength(outgoing.body)), connection: 'close' },
      ...(allowInternal ? {} : { lookup: publicLookup }),
    });
    sending.once('response', resolve);
    sending.once('error', (error) => reject(timeout.aborted ? new Error(`no answer within ${TIMEOUT_MS / 1_000} s`) : error));
    // Without an error it ends where somebody answers with another protocol.
    sending.once('close', () => reject(new Error('the connection ended without an answer')));
    sending.end(outgoing.body);
  });
  const body = await startOf(response);
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body };
}

/** The start of a body; one that breaks off, or never ends, is as good as what came of it. */
async function startOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= ANSWER_BYTES) break;
    }
  } catch {
    // The status has come along; the rest does not matter.
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Resolves a name, and refuses it when one of its addresses is internal. */
function publicLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const inside = addresses.find(({ address }) => isInternalAddress(address));
    const [first] = addresses;
    if (inside !== undefined || first === undefined) return callback(new Error(refusalOf(`${hostname} (${inside?.address})`)), []);
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
}

function refusalOf(host: string): string {
  return `${host} is an internal address; BALLAST_ALLOW_INTERNAL_WEBHOOKS would allow it`;
}
