import { type ExposuresQuery, exposuresQuery, isStorable, type TrackedEvents } from '@ballast/api';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { Requires } from '../../access/index.js';
import { Clock } from '../../clock.js';
import { Environments } from '../../environments/index.js';
import { refuse } from '../../errors.js';
import { rangeOf } from '../query-range.js';
import { TelemetryView } from '../telemetry.view.js';
import { OutcomesView } from './outcomes.view.js';

interface Place {
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
}

/** What programs tracked after they had served the variants of a flag. */
@Controller('api/v1/projects/:project/flags/:flag/environments/:environment/outcomes')
export class TrackedEventsController {
  constructor(
    private readonly environments: Environments,
    private readonly telemetry: TelemetryView,
    private readonly outcomes: OutcomesView,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('read')
  async events(@Param() place: Place, @Query({ schema: exposuresQuery }) query: ExposuresQuery): Promise<TrackedEvents> {
    const { flag } = place;
    const environment = await this.environments.environment(place.project, place.environment);
    const isKnown = isStorable(flag) && (await this.telemetry.hasFlag(environment.projectId, flag));
    if (!isKnown) refuse('flag.not_found', { flag });
    const { from, to } = rangeOf(query, this.clock.now());
    const range = { from: new Date(from), to: new Date(to) };
    const events = await this.outcomes.events({ environmentId: environment.id, flag, ...range });
    const name = `${place.project}/${place.environment}`;
    return { flag, environment: name, from: range.from.toISOString(), to: range.to.toISOString(), events };
  }
}
