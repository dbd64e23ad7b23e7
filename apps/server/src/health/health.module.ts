import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';

/** Whether this server lives, and whether it has what it needs to serve. */
@Module({ controllers: [HealthController] })
export class HealthModule {}
