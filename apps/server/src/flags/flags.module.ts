import { Module } from '@nestjs/common';
import { SegmentsModule } from '../segments/index.js';
import { ConfigSources } from './config-sources.js';
import { ConfigsController } from './configs.controller.js';
import { ConfigsService } from './configs.service.js';
import { FlagFiller } from './flag-filler.js';
import { FlagImports } from './flag-imports.js';
import { FlagWorld } from './flag-world.js';
import { FlagWriter } from './flag-writer.js';
import { FlagsController } from './flags.controller.js';
import { FlagsService } from './flags.service.js';
import { FlagsStore } from './flags.store.js';
import { FlagsView } from './flags.view.js';
import { FlagsReader } from './flags-reader.js';
import { Proposals } from './proposals.js';

/** Flags, and their configuration in every environment. */
@Module({
  imports: [SegmentsModule],
  controllers: [FlagsController, ConfigsController],
  providers: [
    FlagsService,
    ConfigsService,
    ConfigSources,
    FlagsStore,
    FlagsView,
    FlagsReader,
    FlagWriter,
    FlagWorld,
    FlagFiller,
    FlagImports,
    Proposals,
  ],
  exports: [FlagWriter, FlagImports, Proposals],
})
export class FlagsModule {}
