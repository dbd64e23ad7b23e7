import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const TOLERANCE_SECONDS = 300;

/** Whether a request is from whoever knows the secret, and of this time: what Standard Webhooks ask of a receiver. */
export function isGenuine({ headers, body }, { secret, now }) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(now / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return signatures.split(' ').some((given) => {
    const signature = Buffer.from(given);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  });
}

/** A program that is told of alerts: it keeps what is genuine, each message once, and counts what is not. */
export async function openReceiver(now) {
  const received = { alerts: [], refused: 0 };
  const seen = new Set();
  let secret = '';
  const hear = async (request, response) => {
    const body = await text(request);
    if (!isGenuine({ headers: request.headers, body }, { secret, now: now() })) {
      received.refused += 1;
      response.writeHead(401).end();
      return;
    }
    const id = request.headers['webhook-id'];
    if (!seen.has(id)) received.alerts.push({ at: performance.timeOrigin + performance.now(), ...JSON.parse(body) });
    seen.add(id);
    response.writeHead(204).end();
  };
  const server = createServer((request, response) => void hear(request, response).catch(() => response.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    received,
    url: `http://127.0.0.1:${server.address().port}/alerts`,
    trust(shown) {
      secret = shown;
    },
    async close() {
      server.closeAllConnections();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
