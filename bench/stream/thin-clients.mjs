// Many clients in one process, as thin as they can be: a websocket each, the messages read by hand, each with a snapshot of its own that it
// leads on by every delta. They do the same for a Ballast server and for a bare one, and answer each delta with the same receipt.
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { applyDelta, parseDelta, parseSnapshot, stateFrom } from '@ballast/protocol';
import WebSocket from 'ws';
import { now } from './clock.mjs';

const PREFIX = '42/sdk,';
const AT_ONCE = 200;
/** A client that was sent away or found nobody comes back within this time, as docs/protocol.md section 8 has it. */
const BACK_WITHIN_MS = 1_000;

/** Clients of one server. */
class Crowd {
  clients = [];
  fetched = 0;
  #empty;
  #waiting;

  constructor({ url, auth, name, snapshot, snapshotUrl }) {
    this.url = url;
    this.auth = auth;
    this.name = name;
    this.snapshotUrl = snapshotUrl;
    this.#empty = parseSnapshot(snapshot);
  }

  /** What those who come from now on hold from the start. */
  renew(snapshot) {
    this.#empty = parseSnapshot(snapshot);
  }

  /** Connects until so many are there, only so many at once. */
  async fill(count) {
    let next = this.clients.length;
    const worker = async () => {
      while (next < count) {
        const client = new Client(this, next++, stateFrom(this.#empty).state);
        this.clients.push(client);
        await client.connect();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** When the first and the last of them came to hold the revision. */
  expect(revision) {
    this.left = { revision, count: this.clients.filter(({ state }) => state.revision < revision).length };
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#check();
    });
  }

  applied(revision, before) {
    if (this.left === undefined || revision < this.left.revision || before >= this.left.revision) return;
    this.left.count -= 1;
    this.#check();
  }

  #check() {
    if (this.left.count > 0) return;
    this.left = undefined;
    const times = this.clients.map(({ appliedAt }) => appliedAt);
    this.#waiting({ first: times.reduce((a, b) => Math.min(a, b)), last: times.reduce((a, b) => Math.max(a, b)) });
  }

  /** Whoever is not connected now, and comes back once the server is there, is counted. */
  async back(revision) {
    const [{ last }] = await Promise.all([this.expect(revision), ...this.clients.map((client) => client.isBack)]);
    return { last: this.clients.reduce((latest, { backAt }) => Math.max(latest, backAt), last), fetched: this.fetched };
  }

  /** From now on clients that lose their server look for it, a share of them as if they had never held anything. */
  persist(share) {
    for (const [i, client] of this.clients.entries()) client.persist(i < this.clients.length * share);
  }
}

class Client {
  appliedAt = 0;
  bytes = 0;
  holdsNothing = false;

  constructor(crowd, number, state) {
    this.crowd = crowd;
    this.number = number;
    this.state = state;
  }

  connect() {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.open(reject);
    });
  }

  open(onError) {
    const socket = new WebSocket(this.crowd.url, { perMessageDeflate: false });
    this.socket = socket;
    socket.on('message', (data) => this.hear(data));
    socket.once('error', onError);
    if (this.crowd.auth === undefined) socket.once('open', this.resolve);
  }

  persist(holdsNothing) {
    this.isBack = new Promise((resolve) => {
      this.resolve = resolve;
    });
    const again = () => {
      this.holdsNothing = holdsNothing;
      setTimeout(() => {
        this.open(() => undefined);
        this.socket.once('close', again);
      }, Math.random() * BACK_WITHIN_MS);
    };
    this.socket.once('close', again);
  }

  hear(data) {
    const text = data.toString();
    if (text.startsWith(PREFIX)) return this.message(text, data.length);
    if (text === '2') return this.socket.send('3');
    if (text.startsWith('40/sdk')) return this.welcome();
    if (text.startsWith('44/sdk')) return this.socket.close();
    if (!text.startsWith('0')) throw new Error(`unexpected: ${text}`);
    const since = this.holdsNothing ? {} : { since: this.state.revision };
    const auth = { ...this.crowd.auth, instance: `${this.crowd.name}-${process.pid}-${this.number}`, sdk: 'bench/1', ...since };
    return this.socket.send(`40/sdk,${JSON.stringify(auth)}`);
  }

  welcome() {
    this.backAt = now();
    this.resolve();
  }

  message(text, length) {
    const [name, content] = JSON.parse(text.slice(PREFIX.length));
    if (name === 'reset') return void this.fetch();
    if (name !== 'delta') return undefined;
    this.bytes = length;
    const before = this.state.revision;
    const { outcome } = applyDelta(this.state, parseDelta(content));
    if (outcome === 'resync') throw new Error(`a delta does not fit at ${before}: ${text}`);
    return this.hold(before);
  }

  hold(before) {
    const { revision } = this.state;
    if (revision > before) this.appliedAt = now();
    this.socket.send(`42/sdk,["applied",{"revision":${revision},"at":${Date.now()}}]`);
    this.crowd.applied(revision, before);
  }

  async fetch() {
    this.crowd.fetched += 1;
    const text = await textOf(this.crowd.snapshotUrl, this.crowd.auth.key);
    const { revision: before } = this.state;
    this.state = stateFrom(parseSnapshot(JSON.parse(text))).state;
    this.holdsNothing = false;
    this.hold(before);
  }
}

// A process may only have so many files: the requests share connections.
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

async function textOf(url, key) {
  const [response] = await once(get(url, { agent, headers: { authorization: `Bearer ${key}` } }), 'response');
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`);
  return text;
}

const crowds = new Map();

const commands = {
  open: ({ name, ...given }) => void crowds.set(name, new Crowd({ name, ...given })),
  renew: ({ name, snapshot }) => crowds.get(name).renew(snapshot),
  fill: ({ name, count }) => crowds.get(name).fill(count),
  expect: ({ name, revision }) => crowds.get(name).expect(revision),
  persist: ({ name, share }) => crowds.get(name).persist(share),
  back: ({ name, revision }) => crowds.get(name).back(revision),
  bytes: ({ name }) => crowds.get(name).clients[0].bytes,
};

process.on('message', async ({ do: command, ...given }) => process.send({ answer: (await commands[command](given)) ?? null }));

// Nobody is left behind when the bench is interrupted.
process.once('disconnect', () => process.exit(1));
