-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "sdk_key" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "environment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "sdk_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "status" INTEGER,
    "body" TEXT,
    "is_done" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("actor","key")
);

-- CreateTable
CREATE TABLE "revision" (
    "environment_id" UUID NOT NULL,
    "current" BIGINT NOT NULL DEFAULT 0,
    "server_checksum" BIGINT NOT NULL DEFAULT 0,
    "client_checksum" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "revision_pkey" PRIMARY KEY ("environment_id")
);

-- CreateTable
CREATE TABLE "snapshot_entry" (
    "environment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "client" TEXT,
    "server_hash" BIGINT NOT NULL,
    "client_hash" BIGINT,

    CONSTRAINT "snapshot_entry_pkey" PRIMARY KEY ("environment_id","kind","key")
);

-- CreateTable
CREATE TABLE "change" (
    "environment_id" UUID NOT NULL,
    "revision" BIGINT NOT NULL,
    "server" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "server_checksum" BIGINT NOT NULL,
    "client_checksum" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_pkey" PRIMARY KEY ("environment_id","revision")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" BIGSERIAL NOT NULL,
    "project_id" UUID,
    "environment_id" UUID,
    "revision" BIGINT,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "resource_kind" TEXT NOT NULL,
    "resource_key" TEXT NOT NULL,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,
    "bytes" INTEGER NOT NULL DEFAULT 0,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "default_owner" TEXT,
    "default_ttl_days" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flag" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "variants" JSONB NOT NULL,
    "safe_variant" TEXT,
    "owner" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "tags" TEXT[],
    "client_visible" BOOLEAN NOT NULL DEFAULT false,
    "schema" JSONB,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "salt" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archived_at" TIMESTAMPTZ(3),

    CONSTRAINT "flag_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flag_config" (
    "flag_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "on" BOOLEAN NOT NULL DEFAULT false,
    "off_variant" TEXT,
    "rules" JSONB NOT NULL DEFAULT '[]',
    "default" JSONB,
    "prerequisites" JSONB NOT NULL DEFAULT '[]',
    "segment_refs" TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "flag_config_pkey" PRIMARY KEY ("flag_id","environment_id")
);

-- CreateTable
CREATE TABLE "kill" (
    "flag_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "reason" TEXT,
    "killed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "kill_pkey" PRIMARY KEY ("flag_id","environment_id")
);

-- CreateTable
CREATE TABLE "segment" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "when" JSONB,
    "by" TEXT NOT NULL DEFAULT 'targetingKey',
    "included" TEXT[],
    "excluded" TEXT[],
    "segment_refs" TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "segment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "telemetry_batch" (
    "environment_id" UUID NOT NULL,
    "instance" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "telemetry_batch_pkey" PRIMARY KEY ("environment_id","instance","seq")
);

-- CreateTable
CREATE TABLE "counter" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "exposures" BIGINT NOT NULL,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "hist_idx" SMALLINT[],
    "hist_n" BIGINT[],
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "counter_pkey" PRIMARY KEY ("environment_id","flag","slot","version","variant","reason","stage")
);

-- CreateTable
CREATE TABLE "unknown_key" (
    "environment_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "unknown_key_pkey" PRIMARY KEY ("environment_id","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "sdk_key_hash_key" ON "sdk_key"("hash");

-- CreateIndex
CREATE INDEX "sdk_key_environment_id_idx" ON "sdk_key"("environment_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE INDEX "audit_event_project_id_id_idx" ON "audit_event"("project_id", "id");

-- CreateIndex
CREATE INDEX "audit_event_project_id_resource_kind_resource_key_id_idx" ON "audit_event"("project_id", "resource_kind", "resource_key", "id");

-- CreateIndex
CREATE UNIQUE INDEX "project_key_key" ON "project"("key");

-- CreateIndex
CREATE UNIQUE INDEX "environment_project_id_key_key" ON "environment"("project_id", "key");

-- CreateIndex
CREATE INDEX "flag_project_id_owner_idx" ON "flag"("project_id", "owner");

-- CreateIndex
CREATE INDEX "flag_project_id_expires_at_idx" ON "flag"("project_id", "expires_at");

-- CreateIndex
CREATE INDEX "flag_tags_idx" ON "flag" USING GIN ("tags");

-- CreateIndex
CREATE UNIQUE INDEX "flag_project_id_key_key" ON "flag"("project_id", "key");

-- CreateIndex
CREATE INDEX "flag_config_environment_id_idx" ON "flag_config"("environment_id");

-- CreateIndex
CREATE UNIQUE INDEX "segment_project_id_key_key" ON "segment"("project_id", "key");

-- CreateIndex
CREATE INDEX "telemetry_batch_received_at_idx" ON "telemetry_batch"("received_at");

-- CreateIndex
CREATE INDEX "counter_environment_id_slot_idx" ON "counter"("environment_id", "slot");

-- AddForeignKey
ALTER TABLE "sdk_key" ADD CONSTRAINT "sdk_key_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "revision" ADD CONSTRAINT "revision_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "snapshot_entry" ADD CONSTRAINT "snapshot_entry_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change" ADD CONSTRAINT "change_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flag" ADD CONSTRAINT "flag_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flag_config" ADD CONSTRAINT "flag_config_flag_id_fkey" FOREIGN KEY ("flag_id") REFERENCES "flag"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flag_config" ADD CONSTRAINT "flag_config_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "kill" ADD CONSTRAINT "kill_flag_id_fkey" FOREIGN KEY ("flag_id") REFERENCES "flag"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "kill" ADD CONSTRAINT "kill_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "segment" ADD CONSTRAINT "segment_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From here on by hand: what the schema language cannot say.

ALTER TABLE "flag"
  ADD CONSTRAINT "flag_kind_check" CHECK ("kind" IN ('release', 'experiment', 'operational', 'migration', 'kill-switch', 'permission', 'config')),
  ADD CONSTRAINT "flag_type_check" CHECK ("type" IN ('boolean', 'string', 'number', 'object')),
  ADD CONSTRAINT "flag_key_check" CHECK ("key" <> ''),
  ADD CONSTRAINT "flag_expires_unless_permanent_check" CHECK ("expires_at" IS NOT NULL OR "kind" IN ('kill-switch', 'permission', 'config'));

ALTER TABLE "segment" ADD CONSTRAINT "segment_key_check" CHECK ("key" <> '');
ALTER TABLE "sdk_key" ADD CONSTRAINT "sdk_key_kind_check" CHECK ("kind" IN ('server', 'client', 'relay'));
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_scopes_check" CHECK ("scopes" <@ ARRAY['read', 'write', 'kill', 'keys', 'admin']);
-- The audit knows actors by the names of their tokens: no two that open something share one. A revoked token gives its name back.
CREATE UNIQUE INDEX "api_token_name_unless_revoked_key" ON "api_token"("name") WHERE "revoked_at" IS NULL;
ALTER TABLE "revision" ADD CONSTRAINT "revision_current_check" CHECK ("current" >= 0);
ALTER TABLE "snapshot_entry" ADD CONSTRAINT "snapshot_entry_kind_check" CHECK ("kind" IN ('flag', 'segment'));
ALTER TABLE "change" ADD CONSTRAINT "change_revision_check" CHECK ("revision" > 0);
ALTER TABLE "counter" ADD CONSTRAINT "counter_histogram_check" CHECK (cardinality("hist_idx") = cardinality("hist_n"));

-- Rows that are updated all the time keep room beside them, so that an update stays on its page (HOT).
ALTER TABLE "revision" SET (fillfactor = 50);
ALTER TABLE "snapshot_entry" SET (fillfactor = 80);
ALTER TABLE "counter" SET (fillfactor = 80);

CREATE FUNCTION "refuse_rewriting"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$;

-- An archived flag keeps its row and with it its key; the unique index does the rest.
CREATE TRIGGER "flag_keys_are_used_once" BEFORE DELETE OR UPDATE OF "key", "project_id" ON "flag"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"('a flag keeps its key for ever');

CREATE TRIGGER "audit_event_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"('the audit is append-only');

CREATE TRIGGER "change_is_append_only" BEFORE UPDATE ON "change"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"('the log is append-only');
