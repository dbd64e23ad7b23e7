import type { ListObjectivesQuery, ObjectiveHistory, ObjectiveHistoryQuery, ObjectiveView } from '@ballast/api';
import { DAY } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Environments, keyPage, pageOfKeys } from '../environments/index.js';
import { refuse } from '../errors.js';
import type { ObjectiveRecord } from './objective.types.js';
import { objectiveView } from './objective-views.js';
import { ObjectivesStore } from './objectives.store.js';
import { StatesStore } from './states.store.js';

/** Days that the past of objectives is kept. */
export const HISTORY_DAYS = 31;

/** Reads objectives with how they stand and stood. */
@Injectable()
export class ObjectivesReader {
  constructor(
    private readonly environments: Environments,
    private readonly store: ObjectivesStore,
    private readonly states: StatesStore,
    private readonly clock: Clock,
  ) {}

  /** A page of objectives. */
  async list(project: string, query: ListObjectivesQuery) {
    const { id: projectId } = await this.environments.project(project);
    const { environment, flag, state } = query;
    const rows = await this.store.list({ projectId, environment, flag, state, ...keyPage(query) });
    const states = await this.states.of(rows.map(({ id }) => id));
    const byId = new Map(states.map((row) => [row.objectiveId, row]));
    const named = rows.map((record) => ({ key: record.name, record }));
    return pageOfKeys(named, query.limit, ({ record }) => objectiveView(record, byId.get(record.id)));
  }

  /** One objective. */
  async view(record: ObjectiveRecord): Promise<ObjectiveView> {
    const [state] = await this.states.of([record.id]);
    return objectiveView(record, state);
  }

  /** How an objective stood. */
  async history({ id }: ObjectiveRecord, query: ObjectiveHistoryQuery): Promise<ObjectiveHistory> {
    const to = query.to === undefined ? this.clock.now() : Date.parse(query.to);
    const from = query.from === undefined ? to - DAY : Date.parse(query.from);
    if (!(from < to && to - from <= HISTORY_DAYS * DAY)) {
      return refuse('request.invalid', { problems: [{ path: '/from', message: `must lie before to, by ${HISTORY_DAYS} days at most` }] });
    }
    const rows = await this.states.past(id, new Date(from), new Date(to));
    return { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
  }
}
