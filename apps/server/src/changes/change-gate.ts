import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import type { AuditEntry, FlagChange, WriteRequest } from './ledger.types.js';

/** A room to the right that has a say in what is changed. */
export interface ChangeGate {
  /** Refuses changes by throwing; answers what the audit must keep of letting them pass. */
  ask(tx: Transaction, changes: readonly FlagChange[], request: WriteRequest): Promise<readonly AuditEntry[]>;
}

/** What no gate is ever asked about: nothing stands between people and turning something off. */
const NEVER_ASKED: readonly FlagChange['action'][] = ['kill_switch', 'rollback', 'turn_off'];

/** Rooms to the right add themselves here when they start; this room cannot import them. */
@Injectable()
export class ChangeGates {
  private readonly gates: ChangeGate[] = [];

  add(gate: ChangeGate): void {
    this.gates.push(gate);
  }

  /** Asks all of them about changes that give something to more contexts, or other contexts. */
  async ask(tx: Transaction, changes: readonly FlagChange[], request: WriteRequest): Promise<readonly AuditEntry[]> {
    const asked = changes.filter(({ action }) => !NEVER_ASKED.includes(action));
    if (asked.length === 0) return [];
    const lines: AuditEntry[] = [];
    for (const gate of this.gates) lines.push(...(await gate.ask(tx, asked, request)));
    return lines;
  }
}
