import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import type { ObjectiveDocument } from './objective.types.js';

/** An objective with what is left of its error budget. */
export interface BudgetRow {
  readonly environmentId: string;
  readonly name: string;
  readonly document: ObjectiveDocument;
  readonly remaining: number | null;
  readonly at: Date;
}

/** Reads what policies decide by. */
@Injectable()
export class BudgetsView {
  /** The objectives of these environments whose policy applies with what is left, as far as they were evaluated as they are. */
  spent(tx: Transaction, environmentIds: readonly string[]): Promise<BudgetRow[]> {
    return tx.$queryRaw<BudgetRow[]>`
      SELECT o.environment_id AS "environmentId", o.name, o.document, s.remaining, s.at
      FROM objective o JOIN objective_state s ON s.objective_id = o.id AND s.version = o.version
      WHERE o.environment_id = ANY(${environmentIds}::uuid[]) AND s.remaining IS NOT NULL AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(o.document -> 'policy') AS step WHERE s.remaining < (step ->> 'remainingBelow')::float8)
      ORDER BY o.name`;
  }
}
