-- Counters by a small number of their series in place of its seven names, and histograms that take one array in place of two. What stands in the
-- tables of before, and what servers of the release before still write there, is carried over by the leader; readers see both by the views below.
CREATE TABLE "telemetry_series" (
    "id" SERIAL NOT NULL,
    "environment_id" UUID NOT NULL,
    "flag" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "telemetry_series_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "telemetry_series_trust_check" CHECK ("trust" IN ('server', 'client'))
);
CREATE UNIQUE INDEX "telemetry_series_names_key" ON "telemetry_series"("environment_id", "flag", "version", "variant", "reason", "stage", "trust");
CREATE INDEX "telemetry_series_seen_at_idx" ON "telemetry_series"("seen_at");

-- A histogram is an array of 8-byte numbers: the place (a bucket, or a threshold in milliseconds) in the upper bits, the count in the lower 40.
CREATE FUNCTION "place_of"("packed" BIGINT) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (packed >> 40)::int;
CREATE FUNCTION "count_of"("packed" BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN packed & 1099511627775;

CREATE TABLE "rollup" (
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "series" INTEGER NOT NULL,
    "exposures" BIGINT NOT NULL,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "exposures_first" BIGINT,
    "err_first" BIGINT,
    "retries" BIGINT,
    "open_ms" BIGINT,
    "validated" BIGINT,
    "invalid" BIGINT,
    "slow" BIGINT[],
    "hist" BIGINT[],

    CONSTRAINT "rollup_pkey" PRIMARY KEY ("series","slot")
) PARTITION BY RANGE ("slot");

CREATE TABLE "rollup_minute" (
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "series" INTEGER NOT NULL,
    "exposures" BIGINT NOT NULL,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "exposures_first" BIGINT,
    "err_first" BIGINT,
    "retries" BIGINT,
    "open_ms" BIGINT,
    "validated" BIGINT,
    "invalid" BIGINT,
    "slow" BIGINT[],
    "hist" BIGINT[],

    CONSTRAINT "rollup_minute_pkey" PRIMARY KEY ("series","slot")
) PARTITION BY RANGE ("slot");

CREATE TABLE "rollup_hour" (
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "series" INTEGER NOT NULL,
    "exposures" BIGINT NOT NULL,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "exposures_first" BIGINT,
    "err_first" BIGINT,
    "retries" BIGINT,
    "open_ms" BIGINT,
    "validated" BIGINT,
    "invalid" BIGINT,
    "slow" BIGINT[],
    "hist" BIGINT[],

    CONSTRAINT "rollup_hour_pkey" PRIMARY KEY ("series","slot")
) PARTITION BY RANGE ("slot");

CREATE TABLE "rollup_day" (
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "series" INTEGER NOT NULL,
    "exposures" BIGINT NOT NULL,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "exposures_first" BIGINT,
    "err_first" BIGINT,
    "retries" BIGINT,
    "open_ms" BIGINT,
    "validated" BIGINT,
    "invalid" BIGINT,
    "slow" BIGINT[],
    "hist" BIGINT[],

    CONSTRAINT "rollup_day_pkey" PRIMARY KEY ("series","slot")
) PARTITION BY RANGE ("slot");

-- The resolutions of telemetry: how wide their partitions are, and how full their pages. Rows that are updated all the time keep room beside
-- them, so that an update stays on its page (HOT).
CREATE VIEW "telemetry_level" AS
SELECT * FROM (VALUES (1, 'rollup', 'day', 90), (2, 'rollup_minute', 'day', 80), (3, 'rollup_hour', 'month', 80), (4, 'rollup_day', 'year', 80),
  (5, 'outcome', 'day', 80), (6, 'outcome_minute', 'day', 80), (7, 'outcome_hour', 'month', 80), (8, 'outcome_day', 'year', 80))
  AS level (place, parent, width, fill);

-- Makes the partition of one resolution that a moment lies in, unless there is one; answers whether it did.
CREATE FUNCTION "ensure_rollup_partition"("of_level" TEXT, "at" TIMESTAMPTZ) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
  level telemetry_level%ROWTYPE;
  edge TIMESTAMPTZ;
  child TEXT;
BEGIN
  SELECT * INTO STRICT level FROM telemetry_level WHERE parent = of_level;
  edge := date_trunc(level.width, at, 'UTC');
  child := level.parent || '_' || to_char(edge AT TIME ZONE 'UTC', 'YYYYMMDD');
  IF to_regclass(format('partitions.%I', child)) IS NOT NULL THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(4400005);
  IF to_regclass(format('partitions.%I', child)) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE partitions.%I (LIKE %I INCLUDING ALL) WITH (fillfactor = %s)', child, level.parent, level.fill);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)', level.parent, child,
    edge, date_add(edge, ('1 ' || level.width)::interval, 'UTC'));
  RETURN true;
END
$$;

-- Makes the partitions of all resolutions that cover a time, as far as they are missing; answers how many it made.
-- The function of before goes on making those of the tables of before, for servers of the release before.
CREATE FUNCTION "ensure_rollup_partitions"("since" TIMESTAMPTZ, "until" TIMESTAMPTZ) RETURNS INTEGER LANGUAGE sql AS $$
  SELECT count(*) FILTER (WHERE ensure_rollup_partition(each.parent, each.edge))::int FROM (
    SELECT level.parent, edge
    FROM telemetry_level AS level, generate_series(date_trunc(level.width, since, 'UTC'), until, ('1 ' || level.width)::interval, 'UTC') AS edge
    ORDER BY level.place, edge) AS each
$$;

CREATE OR REPLACE VIEW "counter_partition" AS
SELECT parent.relname::text AS level, child.oid AS partition, child.relname::text AS name,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz AS since,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS until
FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent
JOIN pg_class AS child ON child.oid = inhrelid
WHERE parent.relkind = 'p' AND parent.relnamespace = 'public'::regnamespace
  AND parent.relname IN ('counter', 'counter_minute', 'counter_hour', 'counter_day', 'rollup', 'rollup_minute', 'rollup_hour', 'rollup_day',
    'outcome', 'outcome_minute', 'outcome_hour', 'outcome_day');

-- What is counted, wherever it stands.
CREATE VIEW "counted" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist"
FROM "rollup" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n))
FROM "counter";

CREATE VIEW "counted_minute" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist"
FROM "rollup_minute" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n))
FROM "counter_minute";

CREATE VIEW "counted_hour" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist"
FROM "rollup_hour" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n))
FROM "counter_hour";

CREATE VIEW "counted_day" AS
SELECT s."environment_id", s."flag", r."slot", s."version", s."variant", s."reason", s."stage", s."trust", r."exposures", r."ok", r."err",
  coalesce(r."exposures_first", 0) AS "exposures_first", coalesce(r."err_first", 0) AS "err_first", coalesce(r."retries", 0) AS "retries",
  coalesce(r."open_ms", 0) AS "open_ms", coalesce(r."validated", 0) AS "validated", coalesce(r."invalid", 0) AS "invalid", r."slow", r."hist"
FROM "rollup_day" AS r JOIN "telemetry_series" AS s ON s."id" = r."series"
UNION ALL
SELECT "environment_id", "flag", "slot", "version", "variant", "reason", "stage", "trust", "exposures", "ok", "err",
  "exposures_first", "err_first", "retries", "open_ms", "validated", "invalid",
  (SELECT array_agg((ms::bigint << 40) | n) FROM unnest("slow_ms", "slow_n") AS pair (ms, n)),
  (SELECT array_agg((i::bigint << 40) | n) FROM unnest("hist_idx", "hist_n") AS pair (i, n))
FROM "counter_day";

SELECT "ensure_rollup_partitions"(now() - interval '51 hours', now() + interval '2 days');
