import { MAX_REPORTS, type Question } from '@ballast/protocol';
import { type Found, packMarks, type Reconciled, reconcile, soughtMarks } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Convergence, type Findings, type Patience } from '../streaming/index.js';

/** What is asked of all servers and relays. */
export type Inquest = Omit<Question, 'most' | 'roll' | 'seek'>;

/** Who is there was asked, and nobody is counted twice. */
export interface CensusResult extends Reconciled, Pick<Findings, 'servers' | 'isAnswered' | 'isOver'> {
  /** When it was found out. */
  readonly at: number;
}

interface Asked {
  readonly counted: Findings;
  readonly roll: Findings;
}

interface Search {
  readonly revision: number;
  /** Whether relays answer too, whose answers are small. */
  readonly isByRelays: boolean;
  readonly marks: readonly string[];
  /** When everybody was counted. */
  readonly at: number;
}

/** How long to wait for servers and relays before they are said not to have answered. */
const PATIENCE_MS = 2_000;
const ROLL_PATIENCE_MS = 500;
/** Marks that one relay can answer for in one message, and questions about them at most. */
const SOUGHT_OF_RELAYS = 1_500;
const SEARCHES = 20;

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
    const roll = await this.convergence.ask(environmentId, call, { withinMs: ROLL_PATIENCE_MS });
    return { ...(await this.reconciled(environmentId, question.revision, { counted: findings, roll })), at };
  }

  private async reconciled(environmentId: string, revision: number, { counted, roll }: Asked): Promise<CensusResult> {
    const { tally, servers, isAnswered, isOver } = counted;
    const at = this.clock.now();
    const isAlone = servers.length === 1 && tally.relays === 0;
    const found = isAlone
      ? []
      : await this.search(environmentId, { revision, isByRelays: tally.relays > 0, marks: soughtMarks(roll.tally, tally), at });
    return { ...reconcile(tally, roll.tally, found), servers, isAnswered, isOver, at };
  }

  /** Asks everybody which of these are connected, so many at a time that an answer has room for all of them. */
  private async search(environmentId: string, { revision, isByRelays, marks, at }: Search): Promise<Found[]> {
    const size = isByRelays ? SOUGHT_OF_RELAYS : marks.length;
    const found: Found[] = [];
    for (let from = 0; from < Math.min(marks.length, SEARCHES * size); from += size) {
      const question = { revision, limit: 0, most: 0, seek: packMarks(marks.slice(from, from + size)) };
      const answer = await this.convergence.ask(environmentId, question, { withinMs: ROLL_PATIENCE_MS });
      found.push({ packed: answer.tally.found ?? '', sinceMs: this.clock.now() - at });
    }
    return found;
  }
}
