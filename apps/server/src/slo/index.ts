export { BurnTicker, type Round, type RoundListener } from './burn.ticker.js';
export type { Evaluated } from './evaluate-round.js';
export type { MaintenanceRow } from './maintenance.store.js';
export { flagOf, type ObjectiveRecord, objectiveOf } from './objective.types.js';
export { SloModule } from './slo.module.js';
