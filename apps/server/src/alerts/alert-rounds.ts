import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Term } from '../database/index.js';
import { BurnTicker, type Evaluated, flagOf, type Round, TelemetryGaps, type TelemetryReading, UNKNOWN_TELEMETRY } from '../slo/index.js';
import { AlertBookStore } from './alert-book.store.js';
import type { Finding } from './alert-parts.js';
import { Repeater } from './repeater.js';

/** Follows the rounds in which objectives are evaluated. */
@Injectable()
export class AlertRounds implements OnModuleInit {
  private readonly logger = new Logger(AlertRounds.name);

  constructor(
    private readonly ticker: BurnTicker,
    private readonly gaps: TelemetryGaps,
    private readonly book: AlertBookStore,
    private readonly repeater: Repeater,
  ) {}

  onModuleInit(): void {
    this.ticker.listen((round, term) => this.follow(round, term));
  }

  /** Steps the alerts of a round, and stores what is to be told in the same transaction. */
  async follow(round: Round, term: Term): Promise<void> {
    const { now, evaluated, known } = round;
    const telemetry = await this.telemetry(round);
    const findings = evaluated.map((each) => findingOf(each, telemetry.get(each.record.id) ?? UNKNOWN_TELEMETRY));
    await this.book.step(term, { now, known, findings });
    await this.repeater.repeat(term, new Date(now));
  }

  /** Whatever becomes of that, what burns is told. */
  private async telemetry(round: Round): Promise<ReadonlyMap<string, TelemetryReading>> {
    return this.gaps.find(round).catch((error: unknown) => {
      this.logger.warn(`could not look for gaps in telemetry: ${String(error)}`);
      return new Map();
    });
  }
}

function findingOf({ record, at, evaluation, problem }: Evaluated, telemetry: TelemetryReading): Finding {
  const { id, projectId, environmentId, project, environment, name, version, document } = record;
  const { scope, owner, target, runbook = null, policy } = document;
  const flag = flagOf(record.document);
  return {
    objectiveId: id,
    projectId,
    environmentId,
    version,
    at,
    target,
    runbook,
    policy,
    evaluation,
    telemetry,
    problem,
    labels: {
      project,
      environment,
      objective: name,
      owner,
      ...(flag === null ? {} : { flag }),
      ...(scope.kind === 'variant' ? { variant: scope.variant } : {}),
      ...(scope.kind === 'tag' ? { tag: scope.tag } : {}),
      ...(scope.kind === 'service' ? { service: scope.service } : {}),
    },
  };
}
