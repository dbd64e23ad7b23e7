-- Alerts, who hears of them, what was sent, and the doors by which other systems act.
CREATE TABLE "alert" (
    "key" TEXT NOT NULL,
    "project_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "objective_id" UUID NOT NULL,
    "severity" TEXT NOT NULL,
    "flag" TEXT,
    "labels" JSONB NOT NULL,
    "phase" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "memory" JSONB NOT NULL,
    "reading" JSONB NOT NULL,
    "evaluated_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL,
    "reached" INTEGER NOT NULL DEFAULT -1,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "alert_phase_check" CHECK ("phase" IN ('inactive', 'pending', 'firing', 'resolved')),
    CONSTRAINT "alert_severity_check" CHECK ("severity" IN ('page', 'ticket'))
);

CREATE TABLE "alert_silence" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "match" JSONB NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "alert_silence_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "alert_silence_time_check" CHECK ("starts_at" <= "ends_at")
);

CREATE TABLE "alert_channel" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "level" INTEGER NOT NULL DEFAULT 0,
    "match" JSONB NOT NULL DEFAULT '{}',
    "config" JSONB NOT NULL,
    "secrets" JSONB NOT NULL DEFAULT '[]',
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "busy_until" TIMESTAMPTZ(3),
    "busy_by" UUID,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "alert_channel_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "alert_channel_kind_check" CHECK ("kind" IN ('webhook', 'slack', 'pagerduty', 'email', 'alertmanager'))
);

CREATE TABLE "alert_delivery" (
    "id" BIGSERIAL NOT NULL,
    "project_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "message_id" TEXT NOT NULL,
    "group" TEXT NOT NULL,
    "message" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),
    "status" INTEGER,
    "problem" TEXT,

    CONSTRAINT "alert_delivery_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "alert_delivery_state_check" CHECK ("state" IN ('waiting', 'delivered', 'failed'))
);

CREATE TABLE "alert_trigger" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "allow" JSONB NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "public_key" TEXT,
    "actions_per_hour" INTEGER NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_trigger_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "alert_trigger_use" (
    "trigger_id" UUID NOT NULL,
    "identity" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "alert_trigger_use_pkey" PRIMARY KEY ("trigger_id","identity","action")
);

CREATE TABLE "incident" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "flag" TEXT,
    "title" TEXT NOT NULL,
    "trigger_id" UUID,
    "identity" TEXT,
    "opened_by" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_by" TEXT,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "incident_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "alert_project_id_phase_idx" ON "alert"("project_id", "phase");
CREATE INDEX "alert_silence_project_id_ends_at_idx" ON "alert_silence"("project_id", "ends_at");
CREATE UNIQUE INDEX "alert_channel_project_id_name_key" ON "alert_channel"("project_id", "name");
CREATE UNIQUE INDEX "alert_delivery_message_id_key" ON "alert_delivery"("message_id");
CREATE INDEX "alert_delivery_project_id_id_idx" ON "alert_delivery"("project_id", "id");
CREATE INDEX "alert_delivery_channel_id_id_idx" ON "alert_delivery"("channel_id", "id");
-- Only what is still to be sent: what workers look through, again and again.
CREATE INDEX "alert_delivery_waiting_idx" ON "alert_delivery"("channel_id", "group", "id") WHERE "state" = 'waiting';
CREATE INDEX "alert_delivery_settled_idx" ON "alert_delivery"("settled_at") WHERE "settled_at" IS NOT NULL;
CREATE UNIQUE INDEX "alert_trigger_project_id_name_key" ON "alert_trigger"("project_id", "name");
CREATE INDEX "alert_trigger_use_trigger_id_at_idx" ON "alert_trigger_use"("trigger_id", "at");
CREATE INDEX "incident_project_id_opened_at_idx" ON "incident"("project_id", "opened_at");

ALTER TABLE "alert_delivery" ADD CONSTRAINT "alert_delivery_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "alert_channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "alert_trigger_use" ADD CONSTRAINT "alert_trigger_use_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "alert_trigger"("id") ON DELETE CASCADE ON UPDATE CASCADE;
