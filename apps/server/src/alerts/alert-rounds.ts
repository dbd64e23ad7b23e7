import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Term } from '../database/index.js';
import { BurnTicker, type Evaluated, flagOf, type Round } from '../slo/index.js';
import { AlertBookStore } from './alert-book.store.js';
import type { Finding } from './step-alerts.js';

/** Follows the rounds in which objectives are evaluated. */
@Injectable()
export class AlertRounds implements OnModuleInit {
  constructor(
    private readonly ticker: BurnTicker,
    private readonly book: AlertBookStore,
  ) {}

  onModuleInit(): void {
    this.ticker.listen((round, term) => this.follow(round, term));
  }

  /** Steps the alerts of a round, and stores what is to be told in the same transaction. */
  async follow({ now, evaluated, known }: Round, term: Term): Promise<void> {
    await this.book.step(term, { now, known, findings: evaluated.map(findingOf) });
  }
}

function findingOf({ record, at, evaluation }: Evaluated): Finding {
  const { id, projectId, environmentId, project, environment, name, version, document } = record;
  const { scope, owner, target, runbook = null } = document;
  const flag = flagOf(record.document);
  return {
    objectiveId: id,
    projectId,
    environmentId,
    version,
    at,
    target,
    runbook,
    evaluation,
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
