import { Global, Module } from '@nestjs/common';
import { ChangeLedger } from './change-ledger.js';
import { LogRetention } from './log-retention.js';

/** The one log that every write appends to. */
@Global()
@Module({ providers: [ChangeLedger, LogRetention], exports: [ChangeLedger] })
export class ChangesModule {}
