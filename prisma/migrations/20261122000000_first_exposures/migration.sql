-- Contexts that met their variant in their rollout step for the first time, and those whose code failed for the first time. Rows of before
-- have none, and neither have those of servers that do not know the columns yet.
ALTER TABLE "counter" ADD COLUMN "exposures_first" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "counter" ADD COLUMN "err_first" BIGINT NOT NULL DEFAULT 0;
