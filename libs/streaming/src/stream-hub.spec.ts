import { once } from 'node:events';
import { connect } from 'node:net';
import { mergeDeltas } from '@ballast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { aFlag, aSnapshot, aState } from '../../protocol/test/makers.js';
import { aChange, admissionOf, TestHub } from '../test/hub.js';

let hub: TestHub;
afterEach(() => hub.stop());

describe('given a client that connects', () => {
  it('is sent nothing when it is current, and then every delta', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    const first = hub.publish(aChange(6));
    await client.saw('delta');
    const second = hub.publish(aChange(7));
    await client.saw('delta', 2);
    expect(client.messages).toEqual([
      ['connect', null],
      ['delta', first],
      ['delta', second],
    ]);
  });

  it('is sent one delta for all that happens in one turn, and a later one for what happens later', async () => {
    const onSent = vi.fn();
    hub = await TestHub.start({ options: { onSent } });
    const clients = [hub.connect(), hub.connect({ instance: 'i2' })];
    await Promise.all(clients.map((client) => client.saw('connect')));
    const burst = Array.from({ length: 40 }, (_, i) => hub.publish(aChange(6 + i)));
    for (const client of clients) expect(await client.saw('delta')).toEqual(mergeDeltas(burst));
    const next = hub.publish(aChange(46));
    for (const client of clients) {
      await client.saw('delta', 2);
      expect(client.messages.slice(1)).toEqual([
        ['delta', mergeDeltas(burst)],
        ['delta', next],
      ]);
    }
    expect(onSent.mock.calls.filter(([, count]) => count > 0)).toEqual([
      ['delta', 2],
      ['delta', 2],
    ]);
  });

  it('is sent one merged delta when it is behind', async () => {
    hub = await TestHub.start();
    const deltas = [hub.publish(aChange(6)), hub.publish(aChange(7)), hub.publish(aChange(8))];
    expect(await hub.connect().saw('delta')).toEqual(mergeDeltas(deltas));
    expect(await hub.connect({ since: 7 }).saw('delta')).toEqual(deltas[2]);
  });

  it('is told the revision to fetch when it holds nothing, or something too old', async () => {
    hub = await TestHub.start();
    expect(await hub.connect({ since: undefined }).saw('reset')).toEqual(hub.head);
    expect(await hub.connect({ since: 3 }).saw('reset')).toEqual(hub.head);
  });

  it('sees what its key may see', async () => {
    hub = await TestHub.start();
    const client = hub.connect({ key: 'client-key' });
    await client.saw('connect');
    hub.publish(aChange(6));
    expect(await client.saw('delta')).toMatchObject({ from: 5, to: 6, changes: [] });
  });

  it('neither misses nor repeats a delta that is published while it is let in', async () => {
    let letIn: () => void = () => undefined;
    const door = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    const asked = vi.fn();
    hub = await TestHub.start({
      admit: async ({ key }) => {
        asked();
        await door;
        return admissionOf(key);
      },
    });
    const client = hub.connect();
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    const first = hub.publish(aChange(6));
    letIn();
    await client.saw('connect');
    const second = hub.publish(aChange(7));
    await client.until((messages) => messages.some(([event, content]) => event === 'delta' && Object(content).to === 7));
    expect(client.messages.filter(([event]) => event === 'delta').map(([, content]) => content)).toEqual([first, second]);
  });
});

it('keeps neither the key of a client nor its request', async () => {
  hub = await TestHub.start();
  await hub.connect().saw('connect');
  const [socket] = await hub.io.of('/sdk').fetchSockets();
  expect([socket?.handshake.auth, socket?.handshake.headers, socket?.handshake.query]).toEqual([{}, {}, {}]);
  expect([...hub.io.of('/sdk').sockets.values()].map(({ request }) => request)).toEqual([undefined]);
});

describe('given a client that holds more than this server', () => {
  it('is led on when this server catches up', async () => {
    hub = await TestHub.start({ refresh: async () => void [hub.publish(aChange(6)), hub.publish(aChange(7)), hub.publish(aChange(8))] });
    const client = hub.connect({ since: 7 });
    await client.until((messages) => messages.some(([, content]) => Object(content).from === 7));
    expect(client.messages.map(([event]) => event)).not.toContain('reset');
  });

  it('is sent back when this server knows no more', async () => {
    hub = await TestHub.start();
    expect(await hub.connect({ since: 9 }).saw('reset')).toEqual(hub.head);
    expect(hub.hub.census.receipts.tally('env', { revision: 5, limit: 0, most: 9 })).toMatchObject({ connected: 1, applied: 0 });
  });
});

describe('given a client that says which checksum it holds', () => {
  const ours = aSnapshot({ flags: [aFlag('checkout')], revision: 5 }).checksum;

  it('is led on from what was here at its revision', async () => {
    hub = await TestHub.start();
    const deltas = [hub.publish(aChange(6)), hub.publish(aChange(7))];
    expect(await hub.connect({ checksum: ours }).saw('delta')).toEqual(mergeDeltas(deltas));
    const current = hub.connect({ since: 7, checksum: deltas[1]?.checksum });
    await current.saw('connect');
    hub.publish(aChange(8));
    await current.saw('delta');
    expect(current.messages.map(([event]) => event)).toEqual(['connect', 'delta']);
  });

  it('is told to fetch what is here when it holds something else, at the newest revision or before, when it comes or asks', async () => {
    hub = await TestHub.start();
    expect(await hub.connect({ checksum: ours + 1 }).saw('reset')).toEqual(hub.head);
    hub.publish(aChange(6));
    const client = hub.connect({ checksum: ours + 1 });
    expect(await client.saw('reset')).toEqual(hub.head);
    client.socket.emit('resync', { since: 6, checksum: 1 });
    expect(await client.saw('reset', 2)).toEqual(hub.head);
    expect(client.messages.map(([event]) => event)).not.toContain('delta');
  });

  it('is believed when this server learns of the same', async () => {
    let replace: () => void = () => undefined;
    hub = await TestHub.start({ refresh: async () => replace() });
    const other = aSnapshot({ flags: [aFlag('checkout', { version: 9 })], revision: 5 });
    replace = () => hub.feeds.open('env', 'server', aState(other));
    const client = hub.connect({ checksum: other.checksum });
    await client.saw('connect');
    await vi.waitFor(() => expect(hub.head.checksum).toBe(other.checksum));
    client.socket.emit('resync', { since: 5, checksum: other.checksum });
    await client.until((messages) => messages.length > 1);
    for (const [, content] of client.messages.slice(1)) expect(content).toEqual(hub.head);
  });

  it('is told so when its receipt says that it holds something else, and does not count as one that has applied it', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    client.socket.emit('applied', { revision: 5, at: 1, checksum: ours + 1 });
    expect(await client.saw('reset')).toEqual(hub.head);
    const question = { revision: 5, limit: 9, most: 9 };
    expect(hub.hub.census.receipts.tally('env', question)).toMatchObject({
      connected: 1,
      applied: 0,
      listed: [{ revision: null, state: 'behind' }],
    });
    client.socket.emit('applied', { revision: 5, at: 2, checksum: ours });
    await vi.waitFor(() => expect(hub.hub.census.receipts.tally('env', question)).toMatchObject({ applied: 1 }));
  });

  it('does not count as one that has applied what there is when it says that it holds what there never was', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    client.socket.emit('applied', { revision: 1_000, at: 1 });
    expect(await client.saw('reset')).toEqual(hub.head);
    const question = { revision: 5, limit: 9, most: 9 };
    expect(hub.hub.census.receipts.tally('env', question)).toMatchObject({ connected: 1, applied: 0, listed: [{ revision: null }] });
  });

  it('is answered what it asked last while this server looked for news', async () => {
    let letGo: () => void = () => undefined;
    const look = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const refresh = vi.fn(() => look);
    hub = await TestHub.start({ refresh });
    const delta = hub.publish(aChange(6));
    const client = hub.connect({ since: 9 });
    await client.saw('connect');
    client.socket.emit('resync', { since: 9 });
    client.socket.emit('resync', { since: 5 });
    await vi.waitFor(() => expect(refresh).toHaveBeenCalled());
    client.socket.emit('applied', { revision: 5, at: 7 });
    await vi.waitFor(() => expect(hub.hub.census.receipts.in('env')).toMatchObject([{ at: 7 }]));
    letGo();
    expect(await client.saw('delta')).toEqual(delta);
    client.socket.emit('resync', {});
    await client.saw('reset');
    expect(client.messages.map(([event]) => event)).toEqual(['connect', 'delta', 'reset']);
  });

  it('makes this server look for news once, however often it asks from where nobody is', async () => {
    let letGo: () => void = () => undefined;
    const looked = vi.fn();
    const look = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const refresh = () => {
      looked();
      return look;
    };
    hub = await TestHub.start({ refresh });
    const client = hub.connect();
    await client.saw('connect');
    for (let i = 0; i < 1_000; i += 1) client.socket.emit('resync', { since: Number.MAX_SAFE_INTEGER - i });
    client.socket.emit('applied', { revision: 5, at: 7 });
    await vi.waitFor(() => expect(hub.hub.census.receipts.in('env')).toMatchObject([{ at: 7 }]));
    letGo();
    expect(await client.saw('reset')).toEqual(hub.head);
    expect(looked).toHaveBeenCalledTimes(1);
  });
});

describe('given a client that asks for a resync', () => {
  it('is sent what follows', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    const delta = hub.publish(aChange(6));
    await client.saw('delta');
    client.socket.emit('resync', { since: 5 });
    expect(await client.saw('delta', 2)).toEqual(delta);
  });

  it('is always answered: with a reset when it holds nothing or is current', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    client.socket.emit('resync', {});
    expect(await client.saw('reset')).toEqual(hub.head);
    client.socket.emit('resync', { since: 5 });
    expect(await client.saw('reset', 2)).toEqual(hub.head);
  });

  it('is not disturbed by messages that cannot be read', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    for (const message of [null, 'x', { since: -1 }]) client.socket.emit('resync', message).emit('applied', message);
    client.socket.emit('resync', { since: 5 });
    await client.saw('reset');
    expect(client.messages).toEqual([
      ['connect', null],
      ['reset', hub.head],
    ]);
  });
});

it('tells everyone when a snapshot was replaced, and nothing of what led to the one before', async () => {
  hub = await TestHub.start();
  const client = hub.connect();
  await client.saw('connect');
  hub.publish(aChange(6));
  const state = hub.feeds.state('env', 'server');
  if (state) hub.feeds.open('env', 'server', { ...state, revision: 3 });
  expect(await client.saw('reset')).toEqual(hub.head);
  expect(client.messages.map(([event]) => event)).toEqual(['connect', 'reset']);
});

describe('refuses', () => {
  it('a key that opens nothing', async () => {
    hub = await TestHub.start();
    expect(await hub.connect({ key: 'revoked' }).saw('refused')).toEqual({ status: 401, code: 'auth.invalid' });
  });

  it('a handshake that cannot be read or is too long', async () => {
    hub = await TestHub.start();
    for (const auth of [{ key: 1 }, { instance: 'x'.repeat(65) }, { since: 'x' }]) {
      expect(await hub.connect(auth).saw('refused')).toEqual({ status: 400, code: 'handshake.invalid' });
    }
  });

  it('for now, when the key cannot be looked up', async () => {
    hub = await TestHub.start({ admit: () => Promise.reject(new Error('database gone')) });
    expect(await hub.connect().saw('refused')).toEqual({ status: 503, code: 'server.unavailable' });
  });
});

describe('says goodbye', () => {
  it('to everyone when it drains, and lets nobody else in', async () => {
    hub = await TestHub.start();
    const client = hub.connect();
    await client.saw('connect');
    await hub.hub.drain();
    await client.saw('disconnect');
    expect(client.messages.slice(1)).toEqual([
      ['goodbye', { reason: 'draining' }],
      ['disconnect', null],
    ]);
    expect(await hub.connect().saw('refused')).toEqual({ status: 503, code: 'server.draining' });
  });

  it('to many a slice at a time when it drains', async () => {
    hub = await TestHub.start();
    const clients = Array.from({ length: 401 }, (_, i) => hub.connect({ instance: `i${i}` }));
    await Promise.all(clients.map((client) => client.saw('connect')));
    const drained = hub.hub.drain();
    expect(hub.hub.size).toBe(201);
    await drained;
    expect(hub.hub.size).toBe(0);
    for (const client of clients) expect(await client.saw('goodbye')).toEqual({ reason: 'draining' });
  });

  it('to the holders of a revoked key, within the call', async () => {
    hub = await TestHub.start();
    const [one, other] = [hub.connect({ key: 'server-1' }), hub.connect({ key: 'server-2' })];
    await Promise.all([one.saw('connect'), other.saw('connect')]);
    hub.hub.disconnectKey('server-1');
    expect([...hub.hub.keyIds()]).toEqual(['server-2']);
    await one.saw('disconnect');
    expect(one.messages.slice(1)).toEqual([
      ['goodbye', { reason: 'revoked' }],
      ['disconnect', null],
    ]);
    hub.publish(aChange(6));
    await other.saw('delta');
  });

  it('to whoever was let in with a key that was revoked meanwhile', async () => {
    hub = await TestHub.start({
      admit: async ({ key }) => {
        hub.hub.disconnectKey(key);
        return admissionOf(key);
      },
    });
    expect(await hub.connect().saw('goodbye')).toEqual({ reason: 'revoked' });
  });

  it('to a client that does not read, and cuts it off', { timeout: 20_000 }, async () => {
    const onSlow = vi.fn();
    hub = await TestHub.start({ options: { maxBacklogBytes: 100_000, onSlow } });
    const reader = hub.connect({ instance: 'reads' });
    await reader.saw('connect');
    const sleeper = await sleepingClient(hub.port);
    await vi.waitFor(() => expect(hub.hub.size).toBe(2));
    for (let version = 6; onSlow.mock.calls.length === 0; version++) {
      hub.publish(aChange(version, 'x'.repeat(500_000)));
      await reader.until((messages) => messages.some(([event, content]) => event === 'delta' && Object(content).to === version));
    }
    expect(hub.hub.size).toBe(1);
    expect(onSlow).toHaveBeenCalledWith({ environmentId: 'env', view: 'server', keyId: 'server-key' });
    // It is to come back; while it does not, it serves what is old.
    expect(hub.hub.census.receipts.tally('env', { revision: 6, limit: 0, most: 9 }).absent).toMatchObject([{ state: 'lost' }]);
    await Promise.all([once(sleeper, 'close'), sleeper.resume()]);
  });

  it('to a client that asks for more and more and reads nothing of it', { timeout: 20_000 }, async () => {
    const onSlow = vi.fn();
    hub = await TestHub.start({ options: { maxBacklogBytes: 100_000, onSlow } });
    hub.publish(aChange(6, 'x'.repeat(500_000)));
    const sleeper = await sleepingClient(hub.port);
    await vi.waitFor(() => expect(hub.hub.size).toBe(1));
    const again = frame('42/sdk,["resync",{"since":5}]');
    while (hub.hub.size > 0) await new Promise((resolve) => sleeper.write(again, resolve));
    expect(onSlow).toHaveBeenCalledTimes(1);
    await Promise.all([once(sleeper, 'close'), sleeper.resume()]);
  });

  it('to nobody for one message, however large', async () => {
    const onSlow = vi.fn();
    hub = await TestHub.start({ options: { maxBacklogBytes: 100_000, onSlow } });
    const reader = hub.connect({ instance: 'reads' });
    await reader.saw('connect');
    const sleeper = await sleepingClient(hub.port);
    await vi.waitFor(() => expect(hub.hub.size).toBe(2));
    const size = 20_000_000;
    hub.publish(aChange(6, 'x'.repeat(size)));
    await reader.saw('delta');
    let received = 0;
    const done = new Promise<void>((resolve) =>
      sleeper.on('data', ({ length }) => {
        received += length;
        if (received > size) resolve();
      }),
    );
    await Promise.all([done, sleeper.resume()]);
    hub.publish(aChange(7));
    await reader.saw('delta', 2);
    expect(onSlow).not.toHaveBeenCalled();
    expect(hub.hub.size).toBe(2);
    sleeper.destroy();
  });
});

it('remembers which revision every instance applied, until it leaves', async () => {
  const onApplied = vi.fn();
  hub = await TestHub.start({ options: { onApplied } });
  const client = hub.connect({ instance: 'i9' });
  await client.saw('connect');
  const known = { instance: 'i9', sdk: 'test/1', environmentId: 'env', view: 'server', keyId: 'server-key' };
  expect(hub.hub.census.receipts.in('env')).toEqual([{ ...known, revision: 5, at: undefined }]);
  client.socket.emit('applied', { revision: 5, at: 1200 });
  hub.publish(aChange(6));
  for (const at of [1234, 1235]) client.socket.emit('applied', { revision: 6, at });
  await vi.waitFor(() => expect(hub.hub.census.receipts.in('env')).toEqual([{ ...known, revision: 6, at: 1235 }]));
  expect(onApplied.mock.calls).toEqual([[{ environmentId: 'env', revision: 6, at: 1234, ms: expect.any(Number) }]]);
  client.socket.disconnect();
  await vi.waitFor(() => expect(hub.hub.census.receipts.in('env')).toEqual([]));
});

/** A client that shakes hands by hand and then never reads again. */
async function sleepingClient(port: number) {
  const socket = connect(port, '127.0.0.1');
  const nonce = Buffer.from('0123456789abcdef').toString('base64');
  const upgrade = ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
  socket.write(`${[...upgrade, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${nonce}`].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.pause();
  const auth = JSON.stringify({ key: 'server-key', instance: 'sleeps', sdk: 'test/1', since: 5 });
  socket.write(frame(`40/sdk,${auth}`));
  return socket;
}

/** A short text as a websocket frame of a client, whose mask is nothing. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
