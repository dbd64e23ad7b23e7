-- How busy the processes are that report, by minute: milliseconds of their most used resource, out of those they were watched for.
CREATE TABLE "process_load" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "used_ms" BIGINT NOT NULL,
    "watched_ms" BIGINT NOT NULL,
    "busiest" SMALLINT NOT NULL,
    "busiest_instance" TEXT NOT NULL,

    CONSTRAINT "process_load_pkey" PRIMARY KEY ("environment_id","slot")
);

CREATE INDEX "process_load_slot_idx" ON "process_load"("slot");

-- Requests of OpenTelemetry exporters that were counted lately, by a hash of what they held: they name no batches.
CREATE TABLE "otlp_claim" (
    "environment_id" UUID NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "otlp_claim_pkey" PRIMARY KEY ("environment_id","fingerprint")
);

CREATE INDEX "otlp_claim_at_idx" ON "otlp_claim"("at");
