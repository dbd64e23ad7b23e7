import { type EvaluateRequest, evaluateRequest } from '@ballast/api';
import { explain } from '@ballast/evaluation/explain';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { SnapshotKeeper } from './snapshot-keeper.js';

interface Place {
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
}

/** Answers what a flag serves to a context, and why: the engine of the clients, on the snapshot of the server. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment/evaluate')
export class EvaluateController {
  constructor(
    private readonly environments: Environments,
    private readonly keeper: SnapshotKeeper,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires('read')
  async evaluate(@Param() { project, flag, environment }: Place, @Body({ schema: evaluateRequest }) { context, type }: EvaluateRequest) {
    const { id } = await this.environments.environment(project, environment);
    // Whoever has just changed the flag wants to see that change.
    await this.keeper.refresh(id);
    const set = this.keeper.flagSet(id) ?? refuse('snapshot.loading');
    if (!set.flags.has(flag)) refuse('flag.not_found', { flag });
    const { resolution, ...explanation } = explain(set, flag, context, type);
    return { flag, environment, revision: set.revision, reason: resolution.reason, resolution, explanation };
  }
}
