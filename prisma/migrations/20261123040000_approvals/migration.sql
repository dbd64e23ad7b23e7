-- Approvals of ramps that an error budget policy asks for, and the scope that gives them.
ALTER TABLE "api_token" DROP CONSTRAINT "api_token_scopes_check";
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_scopes_check" CHECK ("scopes" <@ ARRAY['read', 'write', 'kill', 'keys', 'approve', 'override', 'admin']);

CREATE TABLE "approval" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "environment_id" UUID NOT NULL,
    "flag_id" UUID NOT NULL,
    "flag_version" INTEGER NOT NULL,
    "config_version" INTEGER NOT NULL,
    "config" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "approved_by" TEXT NOT NULL,
    "approved_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_by" TEXT,
    "used_at" TIMESTAMPTZ(3),
    "withdrawn_by" TEXT,
    "withdrawn_at" TIMESTAMPTZ(3),

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "approval_end_check" CHECK ("used_at" IS NULL OR "withdrawn_at" IS NULL)
);

CREATE INDEX "approval_flag_id_environment_id_idx" ON "approval"("flag_id", "environment_id");

ALTER TABLE "approval" ADD CONSTRAINT "approval_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "approval" ADD CONSTRAINT "approval_flag_id_fkey" FOREIGN KEY ("flag_id") REFERENCES "flag"("id") ON DELETE CASCADE ON UPDATE CASCADE;
