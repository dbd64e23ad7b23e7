import type { EvaluationContext } from '@ballast/evaluation';
import { viewOf } from '@ballast/streaming';
import { Inject, Injectable } from '@nestjs/common';
import type { SdkIdentity } from '../access/index.js';
import { refuse } from '../errors.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { SnapshotKeeper } from '../snapshots/index.js';

import type { Question } from './ofrep-answers.js';
import { type ConfigHint, mayBeAhead } from './ofrep-request.js';

/** Finds what a question is answered from. */
@Injectable()
export class OfrepSource {
  constructor(
    private readonly keeper: SnapshotKeeper,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'ofrepMetadata'>,
  ) {}

  /** What the key may see. Who was told of a configuration that is not here yet gets its answer after a look at the log, never from before. */
  async question(identity: SdkIdentity, context: EvaluationContext, hint: ConfigHint = {}): Promise<Question> {
    const { environmentId } = identity;
    const view = viewOf(identity);
    const head = this.keeper.head(environmentId, view);
    if (head === undefined || mayBeAhead(hint, head)) await this.keeper.refresh(environmentId);
    const held = this.keeper.flagSet(environmentId, view) ?? refuse('snapshot.loading');
    return { identity, held, context, metadata: this.settings.ofrepMetadata };
  }
}
