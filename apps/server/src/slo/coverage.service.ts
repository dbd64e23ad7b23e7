import type { FlagHealth } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Convergence } from '../streaming/index.js';
import { type Arrived, CoverageView, type CoveredRange, type LoadStep } from './coverage.view.js';

/** Who is there is known of now only. */
const NOW_MS = 300_000;
/** Back ends give a sign of life every minute; whoever missed two of them is silent. */
const SIGN_MS = 180_000;
/** Programs that are asked about at most, by name: names are drawn by chance. */
const MOST_NAMES = 200;
const MOST_SILENT = 20;
/** How long servers and relays have to say who is there. */
const PATIENCE = { withinMs: 250 };
/** Pages come and go, and say nothing while they evaluate nothing. */
const PAGE = 'ballast-browser/';

/** Programs that are there, and whether they report. */
export interface Presence {
  readonly connected: number;
  readonly reporting: number;
  readonly silent: readonly string[];
}

/** Whose telemetry a stretch of time is judged by. */
export interface Coverage {
  readonly arrived: Arrived;
  /** Null where nobody knows who was there. */
  readonly presence: Presence | null;
  readonly loads: readonly LoadStep[];
  readonly instances: FlagHealth['instances'];
}

/** Finds out whose telemetry arrives, who is there, and how busy they are. */
@Injectable()
export class Coverages {
  constructor(
    private readonly view: CoverageView,
    private readonly convergence: Convergence,
    private readonly clock: Clock,
  ) {}

  /** The coverage of a range. */
  async of(range: CoveredRange): Promise<Coverage> {
    const [arrived, presence, loads, busiest] = await Promise.all([
      this.view.arrived(range.environmentId, new Date(range.from)),
      this.presence(range),
      this.view.loads(range),
      this.view.busiest(range),
    ]);
    const { connected = null, reporting = null, silent = [] } = presence ?? {};
    const most = busiest && { instance: busiest.instance, saturation: busiest.busiest / 1_000, at: busiest.at.toISOString() };
    const instances = { reported: arrived.instances, connected, reporting, silent: silent.slice(0, MOST_SILENT), busiest: most };
    return { arrived, presence, loads, instances };
  }

  private async presence({ environmentId, to }: CoveredRange): Promise<Presence | null> {
    const now = this.clock.now();
    if (now - to > NOW_MS) return null;
    const { tally, isAnswered } = await this.convergence.ask(environmentId, { revision: 0, limit: MOST_NAMES, most: 0 }, PATIENCE);
    if (!isAnswered) return null;
    const names = tally.listed.filter(({ sdk }) => !sdk.startsWith(PAGE)).map(({ instance }) => instance);
    const reporting = await this.view.reporting(environmentId, names, new Date(now - SIGN_MS));
    const silent = names.filter((name) => !reporting.has(name));
    return { connected: names.length, reporting: names.length - silent.length, silent };
  }
}
