import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';

/** Whether this server lives, and whether it has what it needs to serve. */
@Module({ controllers: [HealthController, MetricsController] })
export class HealthModule {}
