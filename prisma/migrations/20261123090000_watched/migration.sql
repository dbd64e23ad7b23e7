-- Calls that passed a guard and the time that breakers were watched: what retries and open breakers are a share of.
ALTER TABLE "rollup" ADD COLUMN "calls" BIGINT, ADD COLUMN "watched_ms" BIGINT;
ALTER TABLE "rollup_minute" ADD COLUMN "calls" BIGINT, ADD COLUMN "watched_ms" BIGINT;
ALTER TABLE "rollup_hour" ADD COLUMN "calls" BIGINT, ADD COLUMN "watched_ms" BIGINT;
ALTER TABLE "rollup_day" ADD COLUMN "calls" BIGINT, ADD COLUMN "watched_ms" BIGINT;

CREATE OR REPLACE VIEW "counted" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist",
  coalesce(r."calls", 0) AS "calls", coalesce(r."watched_ms", 0) AS "watched_ms"
FROM "rollup" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n)),
  0::bigint, 0::bigint
FROM "counter";

CREATE OR REPLACE VIEW "counted_minute" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist",
  coalesce(r."calls", 0) AS "calls", coalesce(r."watched_ms", 0) AS "watched_ms"
FROM "rollup_minute" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n)),
  0::bigint, 0::bigint
FROM "counter_minute";

CREATE OR REPLACE VIEW "counted_hour" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist",
  coalesce(r."calls", 0) AS "calls", coalesce(r."watched_ms", 0) AS "watched_ms"
FROM "rollup_hour" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n)),
  0::bigint, 0::bigint
FROM "counter_hour";

CREATE OR REPLACE VIEW "counted_day" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist",
  coalesce(r."calls", 0) AS "calls", coalesce(r."watched_ms", 0) AS "watched_ms"
FROM "rollup_day" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n)),
  0::bigint, 0::bigint
FROM "counter_day";

-- Flags that clients ask for and that do not exist, apart by the kind of key; `unknown_key` is still written by servers of the release before.
CREATE TABLE "unknown_flag" (
    "environment_id" UUID NOT NULL,
    "trust" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "unknown_flag_pkey" PRIMARY KEY ("environment_id","trust","key"),
    CONSTRAINT "unknown_flag_trust_check" CHECK ("trust" IN ('server', 'client'))
);

-- Until when senders of an environment and a kind of key were forgotten for their number: what is older may have been counted before.
CREATE TABLE "telemetry_horizon" (
    "environment_id" UUID NOT NULL,
    "trust" TEXT NOT NULL,
    "forgotten_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "telemetry_horizon_pkey" PRIMARY KEY ("environment_id","trust"),
    CONSTRAINT "telemetry_horizon_trust_check" CHECK ("trust" IN ('server', 'client'))
);
