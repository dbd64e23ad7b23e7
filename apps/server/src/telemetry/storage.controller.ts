import type { TelemetryStorage, TelemetryUsage } from '@ballast/api';
import { Controller, Get, Param } from '@nestjs/common';
import { Requires } from '../access/index.js';
import { Clock } from '../clock.js';
import { Environments } from '../environments/index.js';
import { bytesOf, toLevels } from './storage.js';
import { StorageView } from './storage.view.js';

const HOUR_MS = 3_600_000;

/** How much room telemetry takes, and what takes it. */
@Controller('api/v1')
export class StorageController {
  constructor(
    private readonly environments: Environments,
    private readonly view: StorageView,
    private readonly clock: Clock,
  ) {}

  @Get('telemetry/storage')
  @Requires('read')
  async storage(): Promise<TelemetryStorage> {
    const [sizes, senders] = await Promise.all([this.view.levels(), this.view.senders()]);
    const levels = toLevels(sizes);
    return { bytes: levels.reduce((sum, { bytes }) => sum + bytes, senders.bytes), levels, senders };
  }

  @Get('projects/:project/environments/:environment/telemetry')
  @Requires('read')
  async usage(@Param() place: { readonly project: string; readonly environment: string }): Promise<TelemetryUsage> {
    const { id } = await this.environments.environment(place.project, place.environment);
    const now = this.clock.now();
    const [sizes, flags, senders, unknown] = await Promise.all([
      this.view.levels(),
      this.view.flags(id, new Date(now - 24 * HOUR_MS)),
      this.view.sent(id, new Date(now - HOUR_MS)),
      this.view.unknown(id),
    ]);
    return {
      environment: `${place.project}/${place.environment}`,
      senders,
      flags: flags.map(({ flag, series, overflow, ...rows }) => ({ flag, rows, bytes: bytesOf(rows, sizes), series, overflow })),
      unknown: unknown.map(({ firstSeenAt, lastSeenAt, ...each }) => ({
        ...each,
        firstSeenAt: firstSeenAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
      })),
    };
  }
}
