export { killedVariant } from './compile.js';
export type { FlagRecord, FlagState, KillRow } from './flag.types.js';
export { FlagImports, type ImportOutcome, type ImportRequest } from './flag-imports.js';
export { killView } from './flag-views.js';
export { type ConfigPlace, type FlagStep, FlagWriter, type HeldFlag } from './flag-writer.js';
export { FlagsModule } from './flags.module.js';
export { type Proposal, Proposals } from './proposals.js';
