import { Module } from '@nestjs/common';
import { FlagsModule } from '../flags/index.js';
import { ImportsController } from './imports.controller.js';
import { Imports } from './imports.service.js';
import { ImportsView } from './imports.view.js';

/** Doors for other systems' files. */
@Module({ imports: [FlagsModule], controllers: [ImportsController], providers: [Imports, ImportsView] })
export class ImportsModule {}
