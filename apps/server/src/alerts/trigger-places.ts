import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { Environments } from '../environments/index.js';
import { ProjectLedger } from './project-ledger.js';
import type { TriggerRecord } from './triggers.store.js';

/** Where triggers act. */
@Injectable()
export class TriggerPlaces {
  constructor(
    readonly environments: Environments,
    readonly ledger: ProjectLedger,
  ) {}
}

/** A trigger acts under its own name; that it may is on its list, not in scopes. */
export function actingAs({ name }: TriggerRecord, reason: string): WriteBy & { readonly reason: string } {
  return { actor: { name: `trigger:${name}`, scopes: [] }, reason, dryRun: false };
}
