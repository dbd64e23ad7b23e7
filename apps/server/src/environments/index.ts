export { type EnvironmentFiller, EnvironmentFillers, type NewEnvironment } from './environment-filler.js';
export { Environments } from './environments.js';
export { EnvironmentsModule } from './environments.module.js';
export type { Environment, EnvironmentRecord, ProjectRecord } from './environments.store.js';
export { keyPage, pageOfKeys } from './key-pages.js';
export { Places } from './places.service.js';
