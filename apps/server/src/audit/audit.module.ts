import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditView } from './audit.view.js';

/** Search in the audit. */
@Module({ controllers: [AuditController], providers: [AuditView] })
export class AuditModule {}
