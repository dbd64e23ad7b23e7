import { Module } from '@nestjs/common';
import { FlagsModule } from '../flags/index.js';
import { ArrivalsService } from './arrivals.service.js';
import { CensusService } from './census.service.js';
import { ConvergenceController } from './convergence.controller.js';
import { KeyUsesView } from './key-uses.view.js';
import { KillsController } from './kills.controller.js';
import { KillsService } from './kills.service.js';
import { KillsStore } from './kills.store.js';

/** Kill and restore, and how far they and every other change have come. */
@Module({
  imports: [FlagsModule],
  controllers: [KillsController, ConvergenceController],
  providers: [KillsService, KillsStore, ArrivalsService, CensusService, KeyUsesView],
  exports: [KillsService],
})
export class IncidentsModule {}
