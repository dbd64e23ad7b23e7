import { type Arrival, type ConvergenceQuery, type ConvergenceView, type KeyInstances } from '@ballast/api';
import { MAX_REPORTS } from '@ballast/protocol';
import { summarise } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { after, hasArrived, keyUses, page, serverViews, shower } from './arrival-views.js';
import { CensusService } from './census.service.js';
import { isStale, judge } from './instance-views.js';
import { KeyUsesView, type NamedKey } from './key-uses.view.js';

/** An environment as a URL names it. */
export interface ArrivalPlace {
  readonly id: string;
  readonly key: string;
  readonly projectKey: string;
}

/** How far a change is to come, and how long its writer waits for it. */
export interface Wanted {
  /** null: the newest there is. */
  readonly revision: number | null;
  readonly waitMs: number;
  /** When it was committed. */
  readonly since: number;
}

const NO_KEYS: ReadonlyMap<string, NamedKey> = new Map();

/** Tells how far revisions have come. */
@Injectable()
export class ArrivalsService {
  constructor(
    private readonly census: CensusService,
    private readonly keys: KeyUsesView,
    private readonly keeper: SnapshotKeeper,
    private readonly clock: Clock,
  ) {}

  /** How far the instances of an environment are now. */
  async of(environment: ArrivalPlace, { limit, cursor, behind }: ConvergenceQuery): Promise<ConvergenceView> {
    const revision = await this.newest(environment.id);
    const question = { revision, limit, only: { behind }, ...after(cursor) };
    const [result, keys] = await Promise.all([this.census.take(environment.id, question), this.keys.keys(environment.id)]);
    const { tally, absent } = result;
    const show = shower({ revision, now: result.at, keys });
    const { connected, applied, relays, waitingRelays, wedged, silent } = tally;
    const troubled = [...tally.troubled.flatMap((report) => judge(report, revision) ?? []), ...absent.filter(isStale)];
    return {
      environment: `${environment.projectKey}/${environment.key}`,
      revision,
      complete: result.isAnswered,
      connected,
      applied,
      share: connected === 0 ? null : applied / connected,
      polling: absent.filter((each) => !isStale(each)).length,
      relays,
      waitingRelays,
      wedged,
      stale: silent + absent.filter(isStale).length,
      propagation: summarise(tally.propagation),
      keys: keyUses(keys, tally.keys, result.at),
      servers: serverViews(result),
      troubled: troubled.slice(0, MAX_REPORTS).map(show),
      ...page(question, result, show),
    };
  }

  /** Who presents a key now. */
  async ofKey(
    environmentId: string,
    keyId: string,
    query: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<KeyInstances> {
    const keys = await this.keys.keys(environmentId);
    if (!keys.has(keyId)) return refuse('key.not_found');
    const revision = await this.newest(environmentId);
    const question = { revision, limit: query.limit, only: { keyId }, ...after(query.cursor) };
    const result = await this.census.take(environmentId, question);
    const show = shower({ revision, now: result.at, keys });
    const polling = result.absent.filter((each) => !isStale(each)).length;
    return { complete: result.isAnswered, instances: (result.tally.keys[keyId] ?? 0) + polling, ...page(question, result, show) };
  }

  /** The moment, for `since`. */
  now(): number {
    return this.clock.now();
  }

  /** Waits until every connected instance has applied a revision, or for so long. */
  async wait(environmentId: string, wanted: Wanted): Promise<Arrival> {
    const revision = wanted.revision ?? (await this.newest(environmentId));
    const question = { revision, limit: MAX_REPORTS, only: { behind: true } };
    const result = await this.census.take(environmentId, question, { withinMs: wanted.waitMs, isEnough: hasArrived });
    const { tally, absent } = result;
    // Instances are named without their keys rather than not at all.
    const keys = tally.listed.length === 0 ? NO_KEYS : await this.keys.keys(environmentId).catch(() => NO_KEYS);
    const show = shower({ revision, now: result.at, keys });
    return {
      complete: hasArrived(result),
      ms: Math.max(0, result.at - wanted.since),
      connected: tally.connected,
      applied: tally.applied,
      pending: tally.listed.flatMap((report) => judge(report, revision) ?? []).map(show),
      polling: absent.filter((each) => !isStale(each)).length,
      stale: tally.silent + absent.filter(isStale).length,
      relays: tally.relays,
      waitingRelays: tally.waitingRelays,
      servers: serverViews(result),
    };
  }

  private async newest(environmentId: string): Promise<number> {
    await this.keeper.refresh(environmentId);
    return this.keeper.head(environmentId, 'server')?.revision ?? refuse('snapshot.loading');
  }
}
