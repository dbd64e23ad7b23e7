// Bodies again and again on each of many connections, as fast as the answers come; every connection is an instance of its own and counts its
// batches. The same for every server; in a process of its own.
import { connect } from 'node:net';

/** One instance. */
class Sender {
  sent = 0;
  #seq = 0;

  constructor({ port, head, status, before, between, after }, number, finished) {
    this.status = `HTTP/1.1 ${status}`;
    this.finished = finished;
    this.head = head;
    this.before = `${before}sender-${process.pid}-${number}-${Date.now()}${between}`;
    this.after = after;
    this.socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.${2 + (number >> 7)}.${1 + (number & 127)}`, noDelay: true });
    this.socket.on('data', (data) => this.#hear(data));
    this.socket.once('close', () => {
      if (!finished()) throw new Error('the server closed a connection');
    });
    this.socket.once('connect', () => this.#send());
  }

  #send() {
    const body = `${this.before}${this.#seq}${this.after}`;
    this.#seq += 1;
    this.socket.write(`${this.head}content-length: ${body.length}\r\n\r\n${body}`);
  }

  #hear(data) {
    const text = data.toString('latin1');
    if (!text.startsWith(this.status)) throw new Error(`unexpected: ${text.slice(0, 500)}`);
    this.sent += 1;
    if (!this.finished()) this.#send();
  }
}

/** Batches per second that were acknowledged. */
async function send({ ms, connections, ...target }) {
  let isOver = false;
  const senders = Array.from({ length: connections }, (_, i) => new Sender(target, i, () => isOver));
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  isOver = true;
  const seconds = (performance.now() - began) / 1_000;
  const sent = senders.reduce((sum, sender) => sum + sender.sent, 0);
  for (const { socket } of senders) socket.destroy();
  return { perSecond: sent / seconds, sent };
}

process.on('message', async (message) => process.send(await send(message)));

// Nobody is left behind when the bench is interrupted.
process.once('disconnect', () => process.exit(1));
