import { type Exposures, type ExposuresQuery, exposuresQuery, isStorable } from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Clock } from '../clock.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { stepFor, toExposures } from './exposures.js';
import { rangeOf } from './query-range.js';
import { TelemetryView } from './telemetry.view.js';

interface Place {
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
}

/** How often a flag was evaluated, and what came of the code that ran under it. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment/exposures')
export class ExposuresController {
  constructor(
    private readonly environments: Environments,
    private readonly view: TelemetryView,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('read')
  async exposures(@Param() place: Place, @Query({ schema: exposuresQuery }) query: ExposuresQuery): Promise<Exposures> {
    const environment = await this.environments.environment(place.project, place.environment);
    const isKnown = isStorable(place.flag) && (await this.view.hasFlag(environment.projectId, place.flag));
    if (!isKnown) refuse('flag.not_found', { flag: place.flag });
    const { from, to } = rangeOf(query, this.clock.now());
    const range = { environmentId: environment.id, flag: place.flag, from: new Date(from), to: new Date(to) };
    const stepSeconds = stepFor(from, to);
    const [variants, series, slots, buckets] = await Promise.all([
      this.view.variants(range),
      this.view.series(range),
      this.view.slots(range, stepSeconds),
      this.view.buckets(range),
    ]);
    return {
      flag: place.flag,
      environment: `${place.project}/${place.environment}`,
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      stepSeconds,
      ...toExposures({ variants, series, slots, buckets }),
    };
  }
}
