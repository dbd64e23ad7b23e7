export { type Actor, SCOPES, type Scope } from './actor.js';
export { type ChangeGate, ChangeGates } from './change-gate.js';
export { ChangeLedger } from './change-ledger.js';
export { ChangesModule } from './changes.module.js';
export { diff } from './diff.js';
export { answer, diffOf } from './dry-run.js';
export type { Correction } from './environment-plan.js';
export { type ExpectedVersions, expectVersion, IfMatch } from './if-match.js';
export type {
  AuditEntry,
  ConfigStep,
  EntryChange,
  FlagChange,
  LedgerTransaction,
  Work,
  WriteRequest,
  WriteResult,
} from './ledger.types.js';
export { LogRetention } from './log-retention.js';
