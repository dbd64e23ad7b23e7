import { started } from '@ballast/protocol';
import { beforeEach, expect, it } from 'vitest';
import { aDelta, aFlag, aSnapshot, aState } from '../../../libs/protocol/test/makers.js';
import { happen } from './connection.js';
import { type Core, newCore } from './core.js';
import { readOptions } from './options.js';
import type { HttpAnswer, Platform, SocketEvents } from './transport.js';

let timers: { ms: number; task: () => void }[];
let sent: unknown[];
let requests: string[];
let answer: (answer: HttpAnswer) => void;
let socket: SocketEvents;
let core: Core;

const after: Platform['after'] = (ms, task) => {
  const timer = { ms, task };
  timers.push(timer);
  return () => {
    timers = timers.filter((other) => other !== timer);
  };
};

/** Ends every pause of up to so many milliseconds. */
function pass(most: number): void {
  const due = timers.filter(({ ms }) => ms <= most);
  timers = timers.filter((timer) => !due.includes(timer));
  for (const { task } of due) task();
}

let snapshot = aSnapshot({ revision: 5 });
function change(): void {
  const delta = aDelta(snapshot, []);
  snapshot = { ...snapshot, revision: delta.to };
  socket.message('delta', delta);
}

const receipts = () => sent.map((message) => Object(message).revision);

beforeEach(() => {
  timers = [];
  sent = [];
  requests = [];
  snapshot = aSnapshot({ revision: 5 });
  const clock = { now: () => 1, elapsed: () => 1, random: () => 0.5, uuid: () => 'i1', after };
  const logger = { warn: () => {}, error: () => {} };
  const place = { sdk: 'test/1', isUrl: () => true, cacheOf: () => null, onExit: () => () => {}, logger };
  const openSocket: Platform['openSocket'] = (_url, _auth, events) => {
    socket = events;
    return { send: (event, payload) => void (event === 'applied' && sent.push(payload)), close: () => {} };
  };
  const http: Platform['http'] = ({ url, instance }, answered) => {
    requests.push(`${url} ${instance}`);
    answer = answered;
    return () => {};
  };
  core = newCore({ ...clock, ...place, openSocket, http }, readOptions({ url: 'http://flags', key: 'k' }, place));
  core.state = aState(snapshot);
  happen(core, started(5));
  socket.connected();
});

it('tells what it holds as soon as it is connected, and the first change at once', () => {
  expect(receipts()).toEqual([5]);
  pass(100);
  change();
  expect(receipts()).toEqual([5, 6]);
});

it('tells of those that follow at once by one receipt, after a pause', () => {
  pass(100);
  for (let i = 0; i < 10; i += 1) change();
  expect(receipts()).toEqual([5, 6]);
  pass(100);
  expect(receipts()).toEqual([5, 6, 15]);
  pass(100);
  expect(receipts()).toEqual([5, 6, 15]);
});

it('tells the checksum of what it holds, and tells again when that is another snapshot of the same revision', () => {
  const other = aSnapshot({ flags: [aFlag('other')], revision: 5 });
  pass(100);
  socket.message('reset', { revision: 5, checksum: snapshot.checksum });
  expect(requests).toHaveLength(1);
  answer({ status: 204, text: '' });
  socket.message('reset', { revision: 5, checksum: other.checksum });
  expect(requests[1]).toContain('/sdk/v1/snapshot');
  answer({ status: 200, text: JSON.stringify(other) });
  expect(sent).toEqual([snapshot, other].map(({ checksum }) => ({ revision: 5, checksum, at: 1 })));
  expect(core.session.status).toBe('ready');
});

it('tells a new stream what it told the old one', () => {
  pass(100);
  socket.disconnected(0);
  pass(100_000);
  socket.connected();
  expect(receipts()).toEqual([5, 5]);
});

it('says whose request it is when it asks for changes', () => {
  expect(requests).toEqual([`http://flags/sdk/v1/changes?since=5&checksum=${snapshot.checksum} i1 test/1`]);
});
