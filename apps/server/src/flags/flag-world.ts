import { Injectable } from '@nestjs/common';
import type { LedgerTransaction } from '../changes/index.js';
import { SegmentEntries } from '../segments/index.js';
import { type ConfigWorld, type KnownFlag, segmentRefs } from './config-checks.js';
import type { FlagConfig, FlagRecord } from './flag.types.js';
import { FlagsView } from './flags.view.js';

/** What a flag's neighbours need to know of it. */
export function knownFlag(flag: Pick<FlagRecord, 'variants' | 'clientVisible' | 'archivedAt'>): KnownFlag {
  return { variants: new Set(Object.keys(flag.variants)), clientVisible: flag.clientVisible, archived: flag.archivedAt !== null };
}

/** Reads what a configuration is judged against, under the lock: two writers at once cannot build a circle. */
@Injectable()
export class FlagWorld {
  constructor(
    private readonly view: FlagsView,
    private readonly segments: SegmentEntries,
  ) {}

  /** The neighbours of a flag in an environment, as far as the configuration names any. */
  async around(flag: FlagRecord, config: FlagConfig, place: { ledger: LedgerTransaction; environmentId: string }): Promise<ConfigWorld> {
    const { ledger, environmentId } = place;
    const named = config.prerequisites.map(({ flag: key }) => key);
    const flags = named.length === 0 ? [] : await this.view.findMany(flag.projectId, named, ledger.tx);
    const prerequisites = named.length === 0 ? new Map() : await this.view.prerequisites(environmentId, ledger.tx);
    const reach = segmentRefs(config).length === 0 ? null : await this.segments.reach(ledger, flag.projectId);
    return { flag, segments: reach?.nodes ?? new Map(), flags: new Map(flags.map((each) => [each.key, knownFlag(each)])), prerequisites };
  }
}
