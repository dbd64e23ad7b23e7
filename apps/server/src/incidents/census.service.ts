import { MAX_REPORTS, type Question, type Tally } from '@ballast/protocol';
import { type Found, packMarks, type Reconciled, reconcile, soughtMarks, standingOf } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Convergence, type Findings, type Patience } from '../streaming/index.js';

/** What is asked of all servers and relays. */
export type Inquest = Omit<Question, 'most' | 'roll' | 'seek'>;

/** Who is there was asked, and nobody is counted twice. */
export interface CensusResult extends Reconciled, Pick<Findings, 'servers' | 'isComplete' | 'isOver'> {
  /** When it was found out. */
  readonly at: number;
}

interface Asked {
  readonly counted: Findings;
  readonly roll: Findings;
}

interface Search {
  readonly revision: number;
  readonly marks: readonly string[];
  /** Names of those who are missed, for servers and relays of a release before: they know no marks. */
  readonly names: readonly string[];
  /** Marks in one question: the answers of relays are small. */
  readonly size: number;
  readonly patience: Patience;
  /** When everybody was counted. */
  readonly at: number;
}

/** How long to wait for servers and relays before they are said not to have answered. */
const PATIENCE_MS = 2_000;
/** The same for what is asked afterwards, where they have not answered before. */
const LITTLE_PATIENCE_MS = 500;
/** Marks that one relay can answer for in one message, and questions about them at most. */
const SOUGHT_OF_RELAYS = 1_500;
const SEARCHES = 20;
/** Names in one question at most: so many a relay lists. */
const NAMES = 32;

/** Asks all servers and relays about instances, and finds out which of those that one of them misses, or has an old connection of, are somewhere else. */
@Injectable()
export class CensusService {
  constructor(
    private readonly convergence: Convergence,
    private readonly clock: Clock,
  ) {}

  /** How everybody is, with those without a stream among the listed. */
  async take(environmentId: string, question: Inquest): Promise<CensusResult> {
    const findings = await this.convergence.ask(environmentId, { ...question, most: MAX_REPORTS, roll: true }, { withinMs: PATIENCE_MS });
    return this.reconciled(environmentId, question.revision, { counted: findings, roll: findings });
  }

  /** How everybody is as soon as it is enough: the roll is called only then. */
  async await(environmentId: string, question: Inquest, patience: Patience): Promise<CensusResult> {
    const findings = await this.convergence.ask(environmentId, { ...question, most: MAX_REPORTS }, patience);
    const at = this.clock.now();
    const call = { ...question, only: {}, limit: 0, most: MAX_REPORTS, roll: true };
    const roll = await this.convergence.ask(environmentId, call, patienceAfter(findings));
    return { ...(await this.reconciled(environmentId, question.revision, { counted: findings, roll })), at };
  }

  private async reconciled(environmentId: string, revision: number, { counted, roll }: Asked): Promise<CensusResult> {
    const { tally, servers, isOver } = counted;
    const at = this.clock.now();
    const isAlone = servers.length === 1 && tally.relays === 0;
    const marks = isAlone ? [] : soughtMarks(roll.tally, tally);
    const names = isAlone ? [] : missedNames(roll);
    const size = tally.relays > 0 ? SOUGHT_OF_RELAYS : Math.max(1, marks.length);
    const search = { revision, marks, names, at, size, patience: patienceAfter(counted) };
    const { found, isAnswered } = await this.search(environmentId, search);
    return {
      ...reconcile(tally, roll.tally, { parts: found, revision }),
      servers,
      isComplete: counted.isComplete && roll.isComplete && isAnswered,
      isOver,
      at,
    };
  }

  /** Asks everybody which of these are connected, so many at a time that an answer has room for all of them. */
  private async search(environmentId: string, { revision, marks, names, at, size, patience }: Search) {
    const found: Found[] = [];
    let { withinMs } = patience;
    let isAnswered = true;
    const parts = Math.min(SEARCHES, Math.max(Math.ceil(marks.length / size), Math.ceil(names.length / NAMES)));
    for (let part = 0; part < parts; part += 1) {
      const named = names.slice(part * NAMES, (part + 1) * NAMES);
      const seek = packMarks(marks.slice(part * size, (part + 1) * size));
      const question = { revision, only: { names: named }, limit: named.length, most: 0, seek };
      const answer = await this.convergence.ask(environmentId, question, { withinMs });
      found.push({ packed: answer.tally.found ?? '', listed: answer.tally.listed, sinceMs: this.clock.now() - at });
      isAnswered &&= answer.isAnswered;
      // Whoever does not answer is not waited for as long again.
      if (!answer.isAnswered) withinMs /= 2;
    }
    return { found, isAnswered };
  }
}

function missedNames({ tally }: Pick<Findings, 'tally'>): readonly string[] {
  const isMissed = (report: Tally['absent'][number]) => standingOf(report) !== 'polling';
  return [...new Set(tally.absent.filter(isMissed).map(({ instance }) => instance))];
}

function patienceAfter({ isAnswered }: Findings): Patience {
  return { withinMs: isAnswered ? PATIENCE_MS : LITTLE_PATIENCE_MS };
}
