import { randomUUID } from 'node:crypto';
import type { CounterRow, View } from '@ballast/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { refuse } from '../../errors.js';
import { SnapshotKeeper } from '../../snapshots/index.js';
import { MAX_AGE_MS } from '../admission.js';
import { Ingest } from '../ingest.service.js';
import type { Refused } from './answers.js';
import { rowsOf } from './counted-rows.js';
import type { Findings } from './findings.js';
import { type Sorted, sortFindings } from './sorting.js';
import { MAX_PER_TRACE, type News, TraceWindows } from './trace-window.js';

/** More rows of counters than these do not come from one request that means well. */
export const MAX_ROWS = 5_000;

/** Where findings belong, and what the key that they were sent with may see. */
export interface Place {
  readonly environmentId: string;
  readonly view: View;
  /** Hash of the request that they came with: exporters and collectors repeat the same bytes. */
  readonly fingerprint: string;
}

interface Sender {
  /** As batches of counters are claimed: everything of one environment that came to this process with one kind of key. */
  readonly instance: string;
  seq: number;
  /** What is being counted. */
  readonly running: Set<Promise<unknown>>;
}

/** Counts what OpenTelemetry says of flags, as if one of our own clients had counted it. */
@Injectable()
export class Otlp {
  private readonly windows = new TraceWindows();
  private readonly senders = new Map<string, Sender>();
  private readonly process = randomUUID();

  constructor(
    private readonly ingest: Ingest,
    private readonly snapshots: SnapshotKeeper,
    private readonly clock: Clock,
  ) {}

  /** Counts findings and settles after the commit; answers what was refused. */
  async take(place: Place, findings: Findings): Promise<Refused> {
    const { environmentId, view } = place;
    const now = this.clock.now();
    const { flags } = this.snapshots.flagSet(environmentId, view) ?? refuse('snapshot.loading');
    const environment = this.snapshots.nameOf(environmentId) ?? refuse('snapshot.loading');
    const sorted = sortFindings(findings, { environment, flags, oldest: now - MAX_AGE_MS });
    const sender = this.senderOf(place);
    // Anybody can send with a public key: what comes with it never decides what the traces of servers came to.
    const news = this.windows.take(`${view} ${environmentId}`, sorted, now);
    await this.settle(sender, news, () => this.count(place, sorted, rowsOf(news, flags, now)));
    return refusedOf(sorted, news);
  }

  /** What could not be counted is news again. What was delivered before may not be counted yet: then its fate is shared. */
  private async settle({ running }: Sender, news: News, count: () => Promise<void>): Promise<void> {
    const before = news.repeated > 0 ? [...running] : [];
    const own = count();
    running.add(own);
    try {
      await own;
    } catch (error) {
      news.undo();
      throw error;
    } finally {
      running.delete(own);
    }
    await Promise.all(before);
  }

  private async count(place: Place, { unknown }: Sorted, rows: readonly CounterRow[]): Promise<void> {
    if (rows.length === 0 && unknown.size === 0) return;
    const message = `makes more than ${MAX_ROWS} rows of counters; send less at once`;
    if (rows.length > MAX_ROWS) refuse('request.invalid', { problems: [{ path: '', message }] });
    const sender = this.senderOf(place);
    const { instance } = sender;
    const envelope = {
      v: 1,
      instance,
      seq: sender.seq,
      sentAt: this.clock.now(),
      rows,
      unknown: Object.fromEntries(unknown),
      dropped: 0,
    } as const;
    sender.seq += 1;
    await this.ingest.take(place.environmentId, [{ view: place.view, envelope, fingerprint: place.fingerprint }]);
  }

  private senderOf({ environmentId, view }: Pick<Place, 'environmentId' | 'view'>): Sender {
    const name = `${view} ${environmentId}`;
    const sender = this.senders.get(name) ?? { instance: `otlp-${view}-${this.process}`, seq: 0, running: new Set() };
    this.senders.set(name, sender);
    return sender;
  }
}

function refusedOf(sorted: Sorted, { refused }: News): Refused {
  const reasons = new Map(sorted.refused);
  if (refused.length > 0) reasons.set(`beyond ${MAX_PER_TRACE} of one trace`, refused.length);
  return { rejected: new Set([...sorted.rejected, ...refused.map(({ record }) => record)]).size, reasons };
}
