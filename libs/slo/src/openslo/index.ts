export { fromOpenSlo, type ImportPlace, type OpenSloImport } from './from-openslo.js';
export { type OpenSloDocument, toOpenSlo } from './to-openslo.js';
