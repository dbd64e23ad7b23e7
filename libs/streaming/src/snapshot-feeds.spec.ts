import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { aDelta, aFlag, aSnapshot, aState, changed } from '../../protocol/test/makers.js';
import { type News, SnapshotFeeds } from './index.js';

const snapshot = aSnapshot({ flags: [aFlag('a')], revision: 3 });
const delta = aDelta(snapshot, [{ kind: 'flag', key: 'b', value: aFlag('b') }]);

function feedsWithOne(): SnapshotFeeds {
  const feeds = new SnapshotFeeds();
  feeds.open('env', 'server', aState(snapshot));
  return feeds;
}

it('makes the bytes of a snapshot once per revision', async () => {
  const feeds = feedsWithOne();
  const body = feeds.body('env', 'server');
  expect(JSON.parse(String(body?.json))).toEqual(snapshot);
  expect(feeds.body('env', 'server')).toBe(body);
  expect(body?.gzip()).toBe(body?.gzip());
  expect(gunzipSync(await (body?.gzip() ?? Buffer.alloc(0)))).toEqual(body?.json);
  feeds.publish('env', 'server', delta);
  expect(feeds.body('env', 'server')).toMatchObject({ revision: 4 });
  expect(feeds.body('env', 'server')?.etag).not.toBe(body?.etag);
});

it('tells subscribers of deltas that fit and of nothing else', () => {
  const feeds = feedsWithOne();
  const heard: News[] = [];
  const leave = feeds.subscribe((news) => heard.push(news));
  expect(feeds.publish('env', 'server', { ...delta, checksum: 0 }).outcome).toBe('resync');
  expect(feeds.publish('elsewhere', 'server', delta).outcome).toBe('resync');
  expect(feeds.publish('env', 'server', delta).outcome).toBe('applied');
  leave();
  feeds.open('env', 'server', aState(snapshot));
  expect(heard).toEqual([{ environmentId: 'env', view: 'server', kind: 'delta', delta }]);
});

it('leads on from what came before the snapshot, if it is told what led there', () => {
  const next = aState(changed(snapshot, delta.changes));
  const feeds = new SnapshotFeeds();
  feeds.open('env', 'server', next, [delta]);
  expect(feeds.since('env', 'server', 3)).toEqual(delta);
  for (const misfit of [
    { ...delta, checksum: 0 },
    { ...delta, to: 5 },
  ]) {
    feeds.open('env', 'server', next, [misfit]);
    expect(feeds.since('env', 'server', 3)).toBe('too-old');
  }
  feeds.open('env', 'server', next, [{ ...delta, from: 0, to: 2 }, delta]);
  expect(feeds.since('env', 'server', 3)).toBe('too-old');
});

it('says how to get on from a revision', () => {
  const feeds = feedsWithOne();
  feeds.publish('env', 'server', delta);
  expect([1, 3, 4, 5].map((revision) => feeds.since('env', 'server', revision))).toEqual(['too-old', delta, 'current', 'ahead']);
  feeds.close('env');
  expect(feeds.since('env', 'server', 4)).toBe('gone');
  expect(feeds.head('env', 'server')).toBeUndefined();
});

it('leads on, or says that there is nothing newer, only whom holds what was here at that revision', () => {
  const feeds = feedsWithOne();
  feeds.publish('env', 'server', delta);
  const since = (revision: number, checksum: number) => feeds.since('env', 'server', revision, checksum);
  expect([since(3, snapshot.checksum), since(4, delta.checksum)]).toEqual([delta, 'current']);
  expect([since(3, delta.checksum), since(4, snapshot.checksum)]).toEqual(['different', 'different']);
  expect([since(2, snapshot.checksum), since(5, snapshot.checksum)]).toEqual(['too-old', 'ahead']);
});

it('gives nobody a delta who says a checksum that it cannot compare', () => {
  const feeds = new SnapshotFeeds();
  feeds.open('env', 'server', aState(changed(snapshot, delta.changes)), [delta]);
  expect(feeds.since('env', 'server', 3)).toEqual(delta);
  expect(feeds.since('env', 'server', 3, snapshot.checksum)).toBe('too-old');
});
