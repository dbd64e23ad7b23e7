import { Global, Module } from '@nestjs/common';
import { EnvironmentFillers } from './environment-filler.js';
import { EnvironmentsController } from './environments.controller.js';
import { Environments } from './environments.js';
import { EnvironmentsStore } from './environments.store.js';
import { KeysController } from './keys.controller.js';
import { Places } from './places.service.js';
import { ProjectsController } from './projects.controller.js';

/** Projects, their environments and the keys that open them. */
@Global()
@Module({
  controllers: [ProjectsController, EnvironmentsController, KeysController],
  providers: [Environments, EnvironmentsStore, EnvironmentFillers, Places],
  exports: [Environments, EnvironmentFillers, Places],
})
export class EnvironmentsModule {}
