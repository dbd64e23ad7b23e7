import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Leader, type Term } from '../database/index.js';
import { standingLeft, standingSeen } from '../standing-gauges.js';
import { StandingView } from './standing.view.js';

const PERIOD_MS = 15_000;

/** Shows on `/metrics` of the server that leads how everything stands. */
@Injectable()
export class StandingTicker implements OnModuleInit {
  private shownFor: Term | null = null;

  constructor(
    private readonly view: StandingView,
    private readonly clock: Clock,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.leader.every(PERIOD_MS, (term) => this.look(term));
  }

  private async look(term: Term): Promise<void> {
    const standing = await this.view.at(new Date(this.clock.now()));
    if (term.signal.aborted) return;
    standingSeen(standing);
    if (this.shownFor === term) return;
    this.shownFor = term;
    term.signal.addEventListener('abort', standingLeft, { once: true });
  }
}
