import { Global, Module } from '@nestjs/common';
import { ChangeLedger } from './change-ledger.js';

/** The one log that every write appends to. */
@Global()
@Module({ providers: [ChangeLedger], exports: [ChangeLedger] })
export class ChangesModule {}
