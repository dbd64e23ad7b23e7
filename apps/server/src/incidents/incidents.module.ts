import { Module } from '@nestjs/common';
import { FlagsModule } from '../flags/index.js';
import { KillsController } from './kills.controller.js';
import { KillsService } from './kills.service.js';
import { KillsStore } from './kills.store.js';

/** Kill and restore. */
@Module({ imports: [FlagsModule], controllers: [KillsController], providers: [KillsService, KillsStore] })
export class IncidentsModule {}
