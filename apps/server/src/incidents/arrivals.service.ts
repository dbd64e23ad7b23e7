import { type Arrival, type ConvergenceQuery, type ConvergenceView, type KeyInstances } from '@ballast/api';
import { MAX_REPORTS } from '@ballast/protocol';
import { inTurns, summarise } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { refuse } from '../errors.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { after, hasArrived, keyUses, page, serverViews, shower, staleOf } from './arrival-views.js';
import { type CensusResult, CensusService } from './census.service.js';
import { isMissing, isTroubled, judge } from './instance-views.js';
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

/** After this long without an end everybody is asked anew, then after twice as long, and so on. */
const FIRST_LOOK_MS = 500;
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
    const { tally, without } = result;
    const show = shower({ revision, now: result.at, keys });
    const { connected, applied, relays, waitingRelays, wedged } = tally;
    const troubled = inTurns([...tally.troubled, ...tally.absent].flatMap((report) => judge(report, revision) ?? []).filter(isTroubled));
    const stale = staleOf(result);
    const shown = troubled.slice(0, MAX_REPORTS).map(show);
    return {
      environment: `${environment.projectKey}/${environment.key}`,
      revision,
      complete: result.isComplete,
      connected,
      applied,
      share: connected === 0 ? null : applied / connected,
      polling: without.polling,
      away: without.away,
      relays,
      waitingRelays,
      wedged,
      stale,
      propagation: summarise(tally.propagation),
      keys: keyUses(keys, tally.keys, result.at),
      servers: serverViews(result),
      troubled: shown,
      leftOff: { troubled: Math.max(0, wedged + stale - shown.length) },
      ...page(result, revision, show),
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
    const instances = (result.tally.keys[keyId] ?? 0) + result.without.polling;
    return { complete: result.isComplete, instances, ...page(result, revision, show) };
  }

  /** The moment, for `since`. */
  now(): number {
    return this.clock.now();
  }

  /** Waits until every connected instance has applied a revision, or for so long. */
  async wait(environmentId: string, wanted: Wanted): Promise<Arrival> {
    const revision = wanted.revision ?? (await this.newest(environmentId));
    const result = await this.arrived(environmentId, revision, wanted.waitMs);
    const { tally, without } = result;
    const missing = tally.absent.flatMap((report) => judge(report, revision) ?? []).filter(isMissing);
    // Instances are named without their keys rather than not at all.
    const isNaming = tally.listed.length + missing.length > 0;
    const keys = isNaming ? await this.keys.keys(environmentId).catch(() => NO_KEYS) : NO_KEYS;
    const show = shower({ revision, now: result.at, keys });
    const pending = tally.listed.flatMap((report) => judge(report, revision) ?? []);
    return {
      complete: hasArrived(result),
      ms: Math.max(0, result.at - wanted.since),
      connected: tally.connected,
      applied: tally.applied,
      pending: pending.map(show),
      polling: without.polling,
      away: without.away,
      stale: staleOf(result),
      missing: missing.map(show),
      leftOff: {
        pending: Math.max(0, tally.connected - tally.applied - pending.length),
        missing: Math.max(0, without.away + without.lost + without.late - missing.length),
      },
      relays: tally.relays,
      waitingRelays: tally.waitingRelays,
      servers: serverViews(result),
    };
  }

  /** Asks again now and then: who seems to be behind may have come back elsewhere, and only a new question finds that out. */
  private async arrived(environmentId: string, revision: number, waitMs: number): Promise<CensusResult> {
    const question = { revision, limit: MAX_REPORTS, only: { behind: true } };
    const until = this.clock.now() + waitMs;
    for (let forMs = FIRST_LOOK_MS; ; forMs *= 2) {
      const left = Math.max(0, until - this.clock.now());
      const result = await this.census.await(environmentId, question, { withinMs: Math.min(left, forMs), isEnough: hasArrived });
      if (hasArrived(result) || result.isOver || this.clock.now() >= until) return result;
    }
  }

  private async newest(environmentId: string): Promise<number> {
    await this.keeper.refresh(environmentId);
    return this.keeper.head(environmentId, 'server')?.revision ?? refuse('snapshot.loading');
  }
}
