export { IncidentsModule } from './incidents.module.js';
export { KillsService } from './kills.service.js';
