export { fromFlagd } from './flagd/file.js';
export type {
  ImportConfig,
  ImportItem,
  ImportKind,
  ImportRule,
  ImportServe,
  ImportSplit,
  RefusedItem,
  Translation,
  TranslationResult,
} from './model.js';
export { fromUnleash, type UnleashOptions } from './unleash/file.js';
