export { IngestShortcut } from './ingest-shortcut.js';
export { LEVELS } from './levels.js';
export { TelemetryModule } from './telemetry.module.js';
