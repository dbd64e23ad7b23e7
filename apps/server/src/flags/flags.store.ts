import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import { Prisma } from '../generated/prisma/client.js';
import type { FlagConfig, FlagRecord } from './flag.types.js';

/** What is saved of a flag. */
export type FlagSave = Omit<FlagRecord, 'id' | 'version' | 'createdBy' | 'createdAt' | 'updatedAt' | 'archivedAt' | 'salt'>;

/** A flag that does not exist yet. */
export type NewFlag = FlagSave & Pick<FlagRecord, 'salt' | 'createdBy'>;

/** A configuration to save. */
export interface ConfigSave {
  readonly flagId: string;
  readonly environmentId: string;
  readonly config: FlagConfig;
  readonly segmentRefs: readonly string[];
}

/** Who saves, and when. */
export interface SavedBy {
  readonly actor: string;
  readonly at: Date;
}

/** A configuration as it is stored. */
export interface ConfigRow extends FlagConfig {
  readonly flagId: string;
  readonly environmentId: string;
  readonly version: number;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** The columns of a flag, in the shape of a record. */
export const flagColumns = Prisma.sql`f.id, f.project_id AS "projectId", f.key, f.name, f.description, f.kind, f.type, f.variants,
  f.safe_variant AS "safeVariant", f.owner, f.expires_at AS "expiresAt", f.tags, f.client_visible AS "clientVisible", f.schema, f.metadata, f.salt,
  f.version, f.created_by AS "createdBy", f.created_at AS "createdAt", f.updated_at AS "updatedAt", f.archived_at AS "archivedAt"`;

/** The columns of a configuration, in the shape of a row. */
export const configColumns = Prisma.sql`c.flag_id AS "flagId", c.environment_id AS "environmentId", c."on", c.off_variant AS "offVariant", c.rules,
  c."default", c.prerequisites, c.version, c.updated_by AS "updatedBy", c.updated_at AS "updatedAt"`;

/**
 * Tables of flags and configurations. JSON is written as text, many rows in one statement: Prisma's own JSON drops a
 * member named `__proto__`, and what comes back is in Postgres' order of members, so that compiling it again gives the same text.
 */
@Injectable()
export class FlagsStore {
  /** Creates flags; those whose key is or was taken are left out of the answer. */
  create(tx: Transaction, flags: readonly NewFlag[], at: Date): Promise<FlagRecord[]> {
    return tx.$queryRaw<FlagRecord[]>`
      INSERT INTO flag AS f (project_id, key, name, description, kind, type, variants, safe_variant, owner, expires_at, tags, client_visible, schema,
        metadata, salt, created_by, created_at, updated_at)
      SELECT "projectId", key, name, description, kind, type, variants, "safeVariant", owner, "expiresAt",
        ARRAY(SELECT jsonb_array_elements_text(tags)), "clientVisible", NULLIF(schema, 'null'), metadata, salt, "createdBy", ${at}::timestamptz, ${at}::timestamptz
      FROM jsonb_to_recordset(${JSON.stringify(flags)}::jsonb) AS n("projectId" uuid, key text, name text, description text, kind text, type text,
        variants jsonb, "safeVariant" text, owner text, "expiresAt" timestamptz, tags jsonb, "clientVisible" boolean, schema jsonb, metadata jsonb,
        salt text, "createdBy" text)
      ON CONFLICT (project_id, key) DO NOTHING RETURNING ${flagColumns}`;
  }

  /** Saves flags that exist and counts their versions up. */
  update(tx: Transaction, flags: readonly (FlagSave & { readonly id: string })[], at: Date): Promise<FlagRecord[]> {
    return tx.$queryRaw<FlagRecord[]>`
      UPDATE flag AS f SET name = n.name, description = n.description, kind = n.kind, variants = n.variants, safe_variant = n."safeVariant",
        owner = n.owner, expires_at = n."expiresAt", tags = ARRAY(SELECT jsonb_array_elements_text(n.tags)), client_visible = n."clientVisible",
        schema = NULLIF(n.schema, 'null'), metadata = n.metadata, version = f.version + 1, updated_at = ${at}::timestamptz
      FROM jsonb_to_recordset(${JSON.stringify(flags)}::jsonb) AS n(id uuid, name text, description text, kind text, variants jsonb,
        "safeVariant" text, owner text, "expiresAt" timestamptz, tags jsonb, "clientVisible" boolean, schema jsonb, metadata jsonb)
      WHERE f.id = n.id RETURNING ${flagColumns}`;
  }

  async archive(tx: Transaction, id: string, at: Date): Promise<FlagRecord> {
    const [row] = await tx.$queryRaw<FlagRecord[]>`
      UPDATE flag AS f SET archived_at = ${at}::timestamptz, updated_at = ${at}::timestamptz, version = f.version + 1
      WHERE f.id = ${id}::uuid RETURNING ${flagColumns}`;
    if (row === undefined) throw new Error('a flag vanished under its lock');
    return row;
  }

  /** Saves configurations and counts their versions up. */
  saveConfigs(tx: Transaction, configs: readonly ConfigSave[], { actor, at }: SavedBy): Promise<ConfigRow[]> {
    const rows = configs.map(({ config, ...place }) => ({ ...config, ...place }));
    return tx.$queryRaw<ConfigRow[]>`
      INSERT INTO flag_config AS c (flag_id, environment_id, "on", off_variant, rules, "default", prerequisites, segment_refs, updated_by, updated_at)
      SELECT "flagId", "environmentId", "on", "offVariant", rules, NULLIF("default", 'null'), prerequisites,
        ARRAY(SELECT jsonb_array_elements_text("segmentRefs")), ${actor}, ${at}::timestamptz
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n("flagId" uuid, "environmentId" uuid, "on" boolean, "offVariant" text, rules jsonb,
        "default" jsonb, prerequisites jsonb, "segmentRefs" jsonb)
      ON CONFLICT (flag_id, environment_id) DO UPDATE SET "on" = excluded."on", off_variant = excluded.off_variant, rules = excluded.rules,
        "default" = excluded."default", prerequisites = excluded.prerequisites, segment_refs = excluded.segment_refs, version = c.version + 1,
        updated_by = excluded.updated_by, updated_at = excluded.updated_at
      RETURNING ${configColumns}`;
  }
}
