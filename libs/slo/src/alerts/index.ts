export {
  ALERT_SETTINGS,
  type Alert,
  type AlertIdentity,
  type AlertLabels,
  type AlertSettings,
  type AlertSignal,
  absenceSignal,
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
export { type AlertMatch, checkSilence, matches, type Silence, silenceOf } from './silence.js';
export { type AlertInput, type AlertNotice, type AlertRules, type AlertStep, acknowledge, stepAlert } from './step-alert.js';
