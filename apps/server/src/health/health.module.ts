import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { StandingTicker } from './standing.ticker.js';
import { StandingView } from './standing.view.js';

/** Whether this server lives, and whether it has what it needs to serve. */
@Module({ controllers: [HealthController, MetricsController], providers: [StandingView, StandingTicker] })
export class HealthModule {}
