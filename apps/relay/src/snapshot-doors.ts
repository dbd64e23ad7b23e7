import type { Delta } from '@ballast/protocol';
import {
  acceptsGzip,
  type Census,
  holds,
  instanceOf,
  type KeyEntry,
  PairBodies,
  type Since,
  type SnapshotBody,
  viewOf,
} from '@ballast/streaming';
import { type Answer, type Call, jsonAnswer, refuse } from './answer.js';
import type { UpstreamSource } from './upstream-source.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const COUNT = /^\d{1,15}$/;

/** Snapshots and changes by HTTP, as a server gives them. */
export class SnapshotDoors {
  readonly #source: UpstreamSource;
  readonly #census: Pick<Census, 'polled'>;
  readonly #pairs: PairBodies;

  constructor(source: UpstreamSource, census: Pick<Census, 'polled'>) {
    this.#source = source;
    this.#census = census;
    this.#pairs = new PairBodies(source.feeds);
  }

  /** The whole snapshot, or 304 for whom holds it. */
  async snapshot({ request }: Call, key: KeyEntry): Promise<Answer> {
    this.#mustBeReady();
    const body = this.#source.feeds.body(this.#source.environmentId, viewOf(key)) ?? refuse('snapshot.loading');
    const headers = { 'cache-control': 'private, no-cache', vary: varyOf(request.headers.origin), etag: body.etag };
    if (holds(request.headers['if-none-match'], body.etag)) return { status: 304, headers };
    return bytesOf(body, acceptsGzip(request.headers['accept-encoding']), headers);
  }

  /** One delta from `since` to now, 204 when there is nothing newer, 410 when only the snapshot helps. */
  async changes({ request, query }: Call, key: KeyEntry): Promise<Answer> {
    const { since, checksum } = heldOf(query);
    this.#mustBeReady();
    const named = instanceOf(request.headers['ballast-instance']);
    const { environmentId } = this.#source;
    if (named !== undefined) this.#census.polled({ ...named, environmentId, keyId: key.id, view: viewOf(key) }, since, checksum);
    const next = await this.#nextOf(() => this.#source.feeds.since(environmentId, viewOf(key), since, checksum));
    const headers = { 'cache-control': 'private, no-cache', vary: varyOf(request.headers.origin) };
    return next === 'current' ? { status: 204, headers } : jsonAnswer(next, headers);
  }

  /** Both views at one revision, for a relay further down. */
  async pair({ request }: Call): Promise<Answer> {
    this.#mustBeReady();
    const body = this.#pairs.of(this.#source.environmentId) ?? refuse('snapshot.loading');
    const headers = { 'cache-control': 'private, no-store', vary: 'accept-encoding, authorization' };
    return bytesOf(body, acceptsGzip(request.headers['accept-encoding']), headers);
  }

  #mustBeReady(): void {
    if (!this.#source.isReady) refuse('snapshot.loading');
  }

  /** Someone who is ahead or elsewhere was led there by somebody else; and that there is nothing newer is only said while upstream says so. */
  async #nextOf(find: () => Since): Promise<Delta | 'current'> {
    const { feeds, environmentId } = this.#source;
    let next = find();
    if (next === 'ahead' || next === 'different') {
      await feeds.refresh(environmentId).catch(() => refuse('relay.cut_off', { retryAfter: 1 }));
      next = find();
    }
    if (next === 'current' && this.#source.isStale) return refuse('relay.cut_off', { retryAfter: 1 });
    if (next === 'current' || typeof next === 'object') return next;
    return refuse(next === 'gone' ? 'snapshot.loading' : 'snapshot.changes_gone');
  }
}

async function bytesOf(
  body: Pick<SnapshotBody, 'json' | 'gzip'>,
  isGzip: boolean,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const common = { ...headers, 'content-type': JSON_TYPE };
  if (!isGzip) return { status: 200, headers: common, body: body.json };
  return { status: 200, headers: { ...common, 'content-encoding': 'gzip' }, body: await body.gzip() };
}

function varyOf(origin: string | undefined): string {
  return [...(origin === undefined ? [] : ['origin']), 'accept-encoding', 'authorization'].join(', ');
}

function heldOf(query: URLSearchParams): { readonly since: number; readonly checksum: number | undefined } {
  const { since, checksum } = Object.fromEntries(query);
  const isAll = query.size === (checksum === undefined ? 1 : 2);
  if (!isAll || !COUNT.test(since ?? '')) refuse('request.invalid', { problems: [{ path: '/since', message: 'must be a revision' }] });
  if (!COUNT.test(checksum ?? '0')) refuse('request.invalid', { problems: [{ path: '/checksum', message: 'must be a checksum' }] });
  return { since: Number(since), checksum: checksum === undefined ? undefined : Number(checksum) };
}
