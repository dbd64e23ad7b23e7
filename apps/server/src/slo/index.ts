export { BurnTicker, type Round, type RoundListener } from './burn.ticker.js';
export type { Evaluated } from './evaluate-round.js';
export type { MaintenanceRow } from './maintenance.store.js';
export { flagOf, type ObjectiveRecord, objectiveOf } from './objective.types.js';
export { SloModule } from './slo.module.js';
export { TelemetryGaps } from './telemetry-gaps.js';
export { type TelemetryReading, UNKNOWN_TELEMETRY } from './telemetry-reading.js';
