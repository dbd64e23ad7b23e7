import { MAX_REPORTS, type Question, type Tally } from '@ballast/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Convergence, type Findings, type Patience } from '../streaming/index.js';
import { type Judged, judge } from './instance-views.js';

/** Who is there was asked, and what is to be said of each of them. */
export interface CensusResult extends Pick<Findings, 'servers' | 'isAnswered'> {
  readonly tally: Tally;
  /** Instances without a stream, judged, without those that have one elsewhere. */
  readonly absent: readonly Judged[];
  /** When it was found out. */
  readonly at: number;
}

/** How long to wait for servers and relays before they are said not to have answered. */
const PATIENCE: Patience = { withinMs: 2_000 };
const NAMES_PATIENCE: Patience = { withinMs: 500 };

/** Asks all servers and relays about instances, and finds out which of those that one of them misses are somewhere else. */
@Injectable()
export class CensusService {
  constructor(
    private readonly convergence: Convergence,
    private readonly clock: Clock,
  ) {}

  async take(environmentId: string, question: Omit<Question, 'most'>, patience = PATIENCE): Promise<CensusResult> {
    const { tally, servers, isAnswered } = await this.convergence.ask(environmentId, { ...question, most: MAX_REPORTS }, patience);
    const at = this.clock.now();
    const judged = tally.absent.flatMap((report) => judge(report, question.revision) ?? []);
    const isAlone = servers.length === 1 && tally.relays === 0;
    const isKnown = isAlone || judged.length === 0;
    const absent = isKnown ? judged : await this.missed(environmentId, judged, question.revision);
    return { tally, servers, isAnswered, absent, at };
  }

  /** Those of these instances that have no stream anywhere, and neither took leave nor asked elsewhere since. */
  private async missed(environmentId: string, judged: readonly Judged[], revision: number): Promise<readonly Judged[]> {
    const names = judged.slice(0, MAX_REPORTS).map(({ instance }) => instance);
    const question = { revision, only: { names }, limit: names.length, most: names.length };
    const { tally } = await this.convergence.ask(environmentId, question, NAMES_PATIENCE);
    const connected = new Set(tally.listed.map(({ instance }) => instance));
    const reports = new Map(tally.absent.map((report) => [report.instance, report]));
    return judged.flatMap((each) => {
      if (connected.has(each.instance)) return [];
      const latest = reports.get(each.instance);
      // A server that named only those it misses most may know of one that another misses.
      return latest === undefined || latest.seenMs > each.seenMs ? each : (judge(latest, question.revision) ?? []);
    });
  }
}
