import type { FlagConfigView, FlagView, ListFlagsQuery } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { type Environment, Environments, keyPage, pageOfKeys } from '../environments/index.js';
import { refuse } from '../errors.js';
import type { FlagRecord } from './flag.types.js';
import { byFlag, stateOf } from './flag-states.js';
import { configView, flagView } from './flag-views.js';
import type { ConfigPlace, FlagPlace } from './flag-writer.js';
import { FlagsView } from './flags.view.js';

/** Answers what flags there are and how they stand. */
@Injectable()
export class FlagsReader {
  constructor(
    private readonly environments: Environments,
    private readonly view: FlagsView,
    private readonly clock: Clock,
  ) {}

  async list(projectKey: string, query: ListFlagsQuery) {
    const { id: projectId } = await this.environments.project(projectKey);
    const now = new Date(this.clock.now());
    const rows = await this.view.list({ ...query, ...keyPage(query), projectId, now });
    const views = await this.views(rows.slice(0, query.limit), await this.environments.all(projectId));
    return { ...pageOfKeys(rows, query.limit, ({ key }) => key), items: views };
  }

  async get({ project, flag: key }: FlagPlace): Promise<FlagView> {
    const { id: projectId } = await this.environments.project(project);
    const flag = (await this.view.find(projectId, key)) ?? refuse('flag.not_found', { flag: key });
    const [view] = await this.views([flag], await this.environments.all(projectId));
    return view ?? refuse('flag.not_found', { flag: key });
  }

  async config(place: ConfigPlace): Promise<FlagConfigView> {
    const { id, projectId } = await this.environments.environment(place.project, place.environment);
    const flag = (await this.view.find(projectId, place.flag)) ?? refuse('flag.not_found', { flag: place.flag });
    const rows = { configs: await this.view.configs([flag.id]), kills: await this.view.kills([flag.id]) };
    return configView(place, stateOf(flag, id, rows));
  }

  private async views(flags: readonly FlagRecord[], environments: readonly Environment[]): Promise<FlagView[]> {
    const ids = flags.map(({ id }) => id);
    const configs = byFlag(await this.view.configs(ids));
    const kills = byFlag(await this.view.kills(ids));
    return flags.map((flag) => {
      const rows = { configs: configs.get(flag.id) ?? [], kills: kills.get(flag.id) ?? [] };
      const states = environments.map(({ id, key }) => {
        const { config, kill } = stateOf(flag, id, rows);
        return { environment: key, on: config.on, killed: kill !== null };
      });
      return flagView(flag, states);
    });
  }
}
