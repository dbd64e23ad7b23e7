import type { FlagConfigInput, FlagConfigView } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { type ExpectedVersions, expectVersion, type WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { configProblems, segmentRefs } from './config-checks.js';
import { ConfigSources } from './config-sources.js';
import { completeConfig } from './defaults.js';
import type { FlagConfig, FlagState } from './flag.types.js';
import { configDocument, configView } from './flag-views.js';
import { FlagWorld } from './flag-world.js';
import { type ConfigPlace, type FlagStep, FlagWriter, type HeldFlag } from './flag-writer.js';
import { FlagsStore } from './flags.store.js';

/** Who writes, and which version they have seen. */
export interface GuardedWrite extends WriteBy {
  readonly expected: ExpectedVersions;
}

type Written = Promise<WriteResult<FlagConfigView>>;

/** Replaces configurations: by what people send, by what was before, by what another environment has. */
@Injectable()
export class ConfigsService {
  constructor(
    private readonly writer: FlagWriter,
    private readonly store: FlagsStore,
    private readonly world: FlagWorld,
    private readonly sources: ConfigSources,
  ) {}

  /** Replaces a configuration. */
  put(place: ConfigPlace, wanted: FlagConfigInput, by: GuardedWrite): Written {
    return this.replace(place, by, async ({ flag }) => completeConfig(wanted, flag));
  }

  /** Goes back to the configuration as it was after a change. */
  revert(place: ConfigPlace, changeId: string, by: GuardedWrite): Written {
    return this.replace(place, by, (held) => this.sources.at(changeId, held), true);
  }

  /** Takes over the configuration of another environment of the project. */
  async copy(place: ConfigPlace, from: string, by: GuardedWrite): Written {
    const source = await this.sources.environments.environment(place.project, from);
    return this.replace(place, by, (held) => this.sources.of(source.id, held));
  }

  private replace(place: ConfigPlace, by: GuardedWrite, choose: (held: HeldFlag) => Promise<FlagConfig>, isRollback = false): Written {
    return this.writer.inEnvironment(place, by, async (held) => {
      expectVersion(by.expected, held.state.config.version, () => configView(place, held.state));
      const config = await choose(held);
      const world = await this.world.around(held.flag, config, { ledger: held.ledger, environmentId: held.environment.id });
      const problems = configProblems(config, world);
      if (problems.length > 0) refuse('config.invalid', { problems });
      const step = await this.save(held, config, by.actor.name);
      // Going back to what was on before is a way out; switching on again is not.
      const isWayOut = isRollback && (held.state.config.on || !config.on);
      return isWayOut ? { ...step, action: 'rollback' } : step;
    });
  }

  private async save({ flag, environment, ledger, state }: HeldFlag, config: FlagConfig, actor: string): Promise<FlagStep<FlagConfigView>> {
    const save = { flagId: flag.id, environmentId: environment.id, config, segmentRefs: segmentRefs(config) };
    const [saved] = await this.store.saveConfigs(ledger.tx, [save], { actor, at: ledger.at });
    if (saved === undefined) throw new Error('a configuration was not saved');
    const next: FlagState = { ...state, config: saved };
    const line = {
      environmentId: environment.id,
      action: 'flag.configure',
      resourceKind: 'flag',
      resourceKey: flag.key,
      before: configDocument(state.config),
      after: configDocument(saved),
    };
    return { state: next, audit: [line], result: configView({ flag: flag.key, environment: environment.key }, next) };
  }
}
