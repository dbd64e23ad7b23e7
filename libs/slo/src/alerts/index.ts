export {
  ALERT_SETTINGS,
  type Alert,
  type AlertIdentity,
  type AlertKind,
  type AlertLabels,
  type AlertSettings,
  type AlertSignal,
  NO_ALERT,
} from './alert.js';
export {
  type AddressedNotice,
  type AlertBook,
  type AlertReading,
  type BookContext,
  type BookStep,
  groupNotices,
  groupOf,
  type NoticeGroup,
  stepBook,
} from './alert-book.js';
export { alertKey } from './alert-key.js';
export { budgetSignal, telemetrySignal } from './signals.js';
export { type AlertMatch, checkSilence, matches, type Silence, silenceOf } from './silence.js';
export { type AlertInput, type AlertNotice, type AlertRules, type AlertStep, acknowledge, stepAlert } from './step-alert.js';
