-- Objectives, how they stand and stood, and declared maintenance.
CREATE TABLE "objective" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "flag" TEXT,
    "document" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "objective_pkey" PRIMARY KEY ("id")
);

-- Written again every 30 seconds: room beside each row keeps updates on its page.
CREATE TABLE "objective_state" (
    "objective_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "remaining" DOUBLE PRECISION,
    "readings" JSONB NOT NULL,
    "problem" TEXT,

    CONSTRAINT "objective_state_pkey" PRIMARY KEY ("objective_id"),
    CONSTRAINT "objective_state_state_check" CHECK ("state" IN ('ok', 'no_data', 'burning', 'exhausted'))
) WITH (fillfactor = 50);

CREATE TABLE "objective_history" (
    "objective_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "sli" DOUBLE PRECISION,
    "burn" DOUBLE PRECISION NOT NULL,
    "remaining" DOUBLE PRECISION,

    CONSTRAINT "objective_history_pkey" PRIMARY KEY ("objective_id","at"),
    CONSTRAINT "objective_history_state_check" CHECK ("state" IN ('ok', 'no_data', 'burning', 'exhausted'))
);

CREATE TABLE "maintenance" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "project_id" UUID NOT NULL,
    "environment_id" UUID,
    "flag" TEXT,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "maintenance_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "maintenance_time_check" CHECK ("starts_at" <= "ends_at")
);

CREATE UNIQUE INDEX "objective_project_id_name_key" ON "objective"("project_id", "name");
CREATE INDEX "objective_environment_id_idx" ON "objective"("environment_id");
CREATE INDEX "objective_history_at_idx" ON "objective_history"("at");
CREATE INDEX "maintenance_project_id_ends_at_idx" ON "maintenance"("project_id", "ends_at");

ALTER TABLE "objective" ADD CONSTRAINT "objective_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "objective" ADD CONSTRAINT "objective_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "objective_state" ADD CONSTRAINT "objective_state_objective_id_fkey" FOREIGN KEY ("objective_id") REFERENCES "objective"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "objective_history" ADD CONSTRAINT "objective_history_objective_id_fkey" FOREIGN KEY ("objective_id") REFERENCES "objective"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "maintenance" ADD CONSTRAINT "maintenance_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "maintenance" ADD CONSTRAINT "maintenance_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
