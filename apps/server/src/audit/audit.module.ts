import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { Audit } from './audit.service.js';
import { AuditView } from './audit.view.js';
import { InstallationAuditController } from './installation-audit.controller.js';

/** Search in the audit. */
@Module({ controllers: [AuditController, InstallationAuditController], providers: [Audit, AuditView] })
export class AuditModule {}
