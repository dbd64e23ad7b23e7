export { fromFlagd } from './flagd/file.js';
export type { ImportConfig, ImportItem, ImportRule, ImportServe, RefusedItem, Translation, TranslationResult } from './model.js';
