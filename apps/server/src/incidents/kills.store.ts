import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import type { KillRow } from '../flags/index.js';

/** Where a kill stands. */
export interface KillPlace {
  readonly flagId: string;
  readonly environmentId: string;
}

/** Table of kills: a row is a flag that is killed in an environment now. */
@Injectable()
export class KillsStore {
  async add(tx: Transaction, place: KillPlace, kill: KillRow): Promise<void> {
    await tx.kill.create({ data: { ...place, ...kill } });
  }

  async remove(tx: Transaction, place: KillPlace): Promise<void> {
    await tx.kill.delete({ where: { flagId_environmentId: place } });
  }
}
