import { Global, Module } from '@nestjs/common';
import { ChangeGates } from './change-gate.js';
import { ChangeLedger } from './change-ledger.js';
import { LogRetention } from './log-retention.js';

/** The one log that every write appends to. */
@Global()
@Module({ providers: [ChangeLedger, ChangeGates, LogRetention], exports: [ChangeLedger, ChangeGates] })
export class ChangesModule {}
