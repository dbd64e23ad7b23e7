export { LOG_LEVELS, readSettings, type Settings, SettingsError } from './settings.js';
export { SETTINGS, SettingsModule } from './settings.module.js';
