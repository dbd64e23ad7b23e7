import { Injectable } from '@nestjs/common';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { initialConfig } from './defaults.js';
import type { FlagConfig } from './flag.types.js';
import { stateOf } from './flag-states.js';
import type { HeldFlag } from './flag-writer.js';
import { FlagsView } from './flags.view.js';

/** Where configurations can be taken from. */
@Injectable()
export class ConfigSources {
  constructor(
    readonly environments: Environments,
    private readonly view: FlagsView,
  ) {}

  /** The configuration a flag had in an environment after a change of this flag. */
  async at(changeId: string, { flag, environment, ledger }: HeldFlag): Promise<FlagConfig> {
    const place = { projectId: flag.projectId, environmentId: environment.id, key: flag.key, changeId };
    if (!(await this.view.hasChange(place, ledger.tx))) refuse('change.not_found', { change: changeId });
    return (await this.view.configAt(place, ledger.tx)) ?? initialConfig(flag);
  }

  /** The configuration a flag has in an environment. */
  async of(environmentId: string, { flag, ledger }: HeldFlag): Promise<FlagConfig> {
    return stateOf(flag, environmentId, { configs: await this.view.configs([flag.id], ledger.tx), kills: [] }).config;
  }
}
