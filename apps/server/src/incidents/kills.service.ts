import type { KillState } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import type { WriteResult } from '../changes/index.js';
import { killSwitched } from '../events.js';
import { type ConfigPlace, type FlagStep, FlagWriter, type HeldFlag, type KillRow, killedVariant, killView } from '../flags/index.js';
import { KillsStore } from './kills.store.js';

/** What a kill or a restore made of a flag, before its revision is known. */
type Outcome = Omit<KillState, 'revision'>;

/** Kills flags and restores them; both are the same however often they are asked for. */
@Injectable()
export class KillsService {
  constructor(
    private readonly writer: FlagWriter,
    private readonly store: KillsStore,
  ) {}

  /** Serves the safe variant from now on; a second kill keeps the first actor, reason and time. */
  kill(place: ConfigPlace, by: WriteBy): Promise<WriteResult<KillState>> {
    return this.change(place, { ...by, urgent: true }, async (held) => {
      if (held.state.kill !== null) return unchanged(held);
      const kill: KillRow = { actor: by.actor.name, reason: by.reason ?? null, killedAt: held.ledger.at };
      await this.store.add(held.ledger.tx, placeOf(held), kill);
      return changed(held, kill);
    });
  }

  /** Serves the configuration again. */
  restore(place: ConfigPlace, by: WriteBy): Promise<WriteResult<KillState>> {
    return this.change(place, by, async (held) => {
      if (held.state.kill === null) return unchanged(held);
      await this.store.remove(held.ledger.tx, placeOf(held));
      return changed(held, null);
    });
  }

  private async change(
    place: ConfigPlace,
    by: WriteBy,
    work: (held: HeldFlag) => Promise<FlagStep<Outcome>>,
  ): Promise<WriteResult<KillState>> {
    const write = await this.writer.inEnvironment(place, by, work);
    const [revision = null] = write.revisions.values();
    if (write.result.changed && !by.dryRun) killSwitched(write.result.killed ? 'kill' : 'restore');
    return { ...write, result: { ...write.result, revision } };
  }
}

function placeOf({ flag, environment }: HeldFlag) {
  return { flagId: flag.id, environmentId: environment.id };
}

function unchanged(held: HeldFlag): FlagStep<Outcome> {
  return { state: held.state, audit: [], result: { ...outcome(held, held.state.kill), changed: false } };
}

function changed(held: HeldFlag, kill: KillRow | null): FlagStep<Outcome> {
  const { flag, environment, state } = held;
  const line = {
    environmentId: environment.id,
    action: kill === null ? 'flag.restore' : 'flag.kill',
    resourceKind: 'flag',
    resourceKey: flag.key,
    before: { kill: state.kill && killView(state.kill) },
    after: { kill: kill && killView(kill) },
  };
  return { state: { ...state, kill }, audit: [line], result: { ...outcome(held, kill), changed: true } };
}

function outcome({ flag, environment, state }: HeldFlag, kill: KillRow | null): Omit<Outcome, 'changed'> {
  const variant = kill === null ? null : killedVariant(flag, state.config);
  const value = variant === null ? undefined : flag.variants[variant];
  return {
    flag: flag.key,
    environment: environment.key,
    killed: kill !== null,
    kill: kill && killView(kill),
    serves: variant === null ? null : { variant, value },
  };
}
