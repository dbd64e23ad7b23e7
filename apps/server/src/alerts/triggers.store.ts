import type { TriggerAction } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';

/** A trigger as it is stored, with the key of its project. */
export interface TriggerRecord {
  readonly id: string;
  readonly projectId: string;
  readonly project: string;
  readonly name: string;
  readonly allow: {
    readonly actions: readonly TriggerAction[];
    readonly environments: readonly string[];
    readonly flags: readonly string[];
  };
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly prefix: string;
  readonly publicKey: string | null;
  readonly actionsPerHour: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Something that a trigger does only once. */
export interface TriggerUse {
  readonly trigger: TriggerRecord;
  /** Fingerprint and start of an alert, or the id of a message. */
  readonly identity: string;
  readonly action: TriggerAction;
}

const HOUR = 3_600_000;
const COLUMNS = Prisma.sql`t.id, t.project_id AS "projectId", p.key AS project, t.name, t.allow, t.hash, t.prefix, t.public_key AS "publicKey",
  t.actions_per_hour AS "actionsPerHour", t.created_by AS "createdBy", t.created_at AS "createdAt", t.last_used_at AS "lastUsedAt"`;
const TABLES = Prisma.sql`alert_trigger t JOIN project p ON p.id = t.project_id`;

/** Tables of triggers and of what they did. */
@Injectable()
export class TriggersStore {
  constructor(private readonly prisma: PrismaService) {}

  list(projectId: string): Promise<TriggerRecord[]> {
    return this.prisma.$queryRaw<TriggerRecord[]>`SELECT ${COLUMNS} FROM ${TABLES} WHERE t.project_id = ${projectId}::uuid ORDER BY t.name`;
  }

  async find(id: string): Promise<TriggerRecord | null> {
    const [row] = await this.prisma.$queryRaw<TriggerRecord[]>`SELECT ${COLUMNS} FROM ${TABLES} WHERE t.id = ${id}::uuid`;
    return row ?? null;
  }

  /** Locks the counting of a project's triggers. */
  async count(tx: Transaction, projectId: string): Promise<number> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('ballast:triggers'), hashtext(${projectId}))::text`;
    return tx.alertTrigger.count({ where: { projectId } });
  }

  /** Creates a trigger; false when its name is taken. */
  async create(tx: Transaction, { project: _, allow, ...record }: TriggerRecord): Promise<boolean> {
    const data = { ...record, allow: { actions: [...allow.actions], environments: [...allow.environments], flags: [...allow.flags] } };
    const { count } = await tx.alertTrigger.createMany({ data: [data], skipDuplicates: true });
    return count > 0;
  }

  /** The trigger with this id, locked. */
  async locked(tx: Transaction, projectId: string, id: string): Promise<TriggerRecord | null> {
    const [row] = await tx.$queryRaw<TriggerRecord[]>`
      SELECT ${COLUMNS} FROM ${TABLES} WHERE t.project_id = ${projectId}::uuid AND t.id = ${id}::uuid FOR UPDATE OF t`;
    return row ?? null;
  }

  async changeSecret(tx: Transaction, { id, hash, prefix }: TriggerRecord): Promise<void> {
    await tx.alertTrigger.update({ where: { id }, data: { hash, prefix } });
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.alertTrigger.delete({ where: { id } });
  }

  /** Whether a trigger did this before. */
  async wasDone({ trigger, identity, action }: TriggerUse): Promise<boolean> {
    const key = { triggerId: trigger.id, identity, action };
    return (await this.prisma.alertTriggerUse.count({ where: key })) > 0;
  }

  /** Notes that a trigger does this now: the first time, once more, or more often in an hour than it may. */
  async use(tx: Transaction, { trigger, identity, action }: TriggerUse, at: Date): Promise<'first' | 'again' | 'too_many'> {
    // Its row is locked, so that two requests cannot both be the last one allowed.
    await tx.alertTrigger.update({ where: { id: trigger.id }, data: { lastUsedAt: at } });
    const key = { triggerId: trigger.id, identity, action };
    if ((await tx.alertTriggerUse.count({ where: key })) > 0) return 'again';
    const recent = await tx.alertTriggerUse.count({ where: { triggerId: trigger.id, at: { gt: new Date(at.getTime() - HOUR) } } });
    if (recent >= trigger.actionsPerHour) return 'too_many';
    await tx.alertTriggerUse.create({ data: { ...key, at } });
    return 'first';
  }
}
