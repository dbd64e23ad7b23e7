--! breaking
-- A server of the release before cannot count any more while this one starts; its clients keep what they counted and bring it again.

-- Counters of four resolutions, each in partitions of its own width, so that what is too old goes at once and leaves no holes.
ALTER TABLE "counter" RENAME TO "counter_before";
ALTER INDEX "counter_pkey" RENAME TO "counter_before_pkey";

CREATE TABLE "counter" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "exposures" BIGINT NOT NULL,
    "exposures_first" BIGINT NOT NULL DEFAULT 0,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "err_first" BIGINT NOT NULL DEFAULT 0,
    "slow_ms" INTEGER[],
    "slow_n" BIGINT[],
    "retries" BIGINT NOT NULL DEFAULT 0,
    "open_ms" BIGINT NOT NULL DEFAULT 0,
    "validated" BIGINT NOT NULL DEFAULT 0,
    "invalid" BIGINT NOT NULL DEFAULT 0,
    "hist_idx" SMALLINT[],
    "hist_n" BIGINT[],
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "counter_pkey" PRIMARY KEY ("environment_id","flag","slot","version","variant","reason","stage","trust"),
    CONSTRAINT "counter_trust_check" CHECK ("trust" IN ('server', 'client')),
    CONSTRAINT "counter_slow_check" CHECK (cardinality("slow_ms") = cardinality("slow_n")),
    CONSTRAINT "counter_histogram_check" CHECK (cardinality("hist_idx") = cardinality("hist_n"))
) PARTITION BY RANGE ("slot");

CREATE TABLE "counter_minute" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "exposures" BIGINT NOT NULL,
    "exposures_first" BIGINT NOT NULL DEFAULT 0,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "err_first" BIGINT NOT NULL DEFAULT 0,
    "slow_ms" INTEGER[],
    "slow_n" BIGINT[],
    "retries" BIGINT NOT NULL DEFAULT 0,
    "open_ms" BIGINT NOT NULL DEFAULT 0,
    "validated" BIGINT NOT NULL DEFAULT 0,
    "invalid" BIGINT NOT NULL DEFAULT 0,
    "hist_idx" SMALLINT[],
    "hist_n" BIGINT[],
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "counter_minute_pkey" PRIMARY KEY ("environment_id","flag","slot","version","variant","reason","stage","trust"),
    CONSTRAINT "counter_minute_trust_check" CHECK ("trust" IN ('server', 'client')),
    CONSTRAINT "counter_minute_slow_check" CHECK (cardinality("slow_ms") = cardinality("slow_n")),
    CONSTRAINT "counter_minute_histogram_check" CHECK (cardinality("hist_idx") = cardinality("hist_n"))
) PARTITION BY RANGE ("slot");

CREATE TABLE "counter_hour" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "exposures" BIGINT NOT NULL,
    "exposures_first" BIGINT NOT NULL DEFAULT 0,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "err_first" BIGINT NOT NULL DEFAULT 0,
    "slow_ms" INTEGER[],
    "slow_n" BIGINT[],
    "retries" BIGINT NOT NULL DEFAULT 0,
    "open_ms" BIGINT NOT NULL DEFAULT 0,
    "validated" BIGINT NOT NULL DEFAULT 0,
    "invalid" BIGINT NOT NULL DEFAULT 0,
    "hist_idx" SMALLINT[],
    "hist_n" BIGINT[],
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "counter_hour_pkey" PRIMARY KEY ("environment_id","flag","slot","version","variant","reason","stage","trust"),
    CONSTRAINT "counter_hour_trust_check" CHECK ("trust" IN ('server', 'client')),
    CONSTRAINT "counter_hour_slow_check" CHECK (cardinality("slow_ms") = cardinality("slow_n")),
    CONSTRAINT "counter_hour_histogram_check" CHECK (cardinality("hist_idx") = cardinality("hist_n"))
) PARTITION BY RANGE ("slot");

CREATE TABLE "counter_day" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "exposures" BIGINT NOT NULL,
    "exposures_first" BIGINT NOT NULL DEFAULT 0,
    "ok" BIGINT NOT NULL,
    "err" BIGINT NOT NULL,
    "err_first" BIGINT NOT NULL DEFAULT 0,
    "slow_ms" INTEGER[],
    "slow_n" BIGINT[],
    "retries" BIGINT NOT NULL DEFAULT 0,
    "open_ms" BIGINT NOT NULL DEFAULT 0,
    "validated" BIGINT NOT NULL DEFAULT 0,
    "invalid" BIGINT NOT NULL DEFAULT 0,
    "hist_idx" SMALLINT[],
    "hist_n" BIGINT[],
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "counter_day_pkey" PRIMARY KEY ("environment_id","flag","slot","version","variant","reason","stage","trust"),
    CONSTRAINT "counter_day_trust_check" CHECK ("trust" IN ('server', 'client')),
    CONSTRAINT "counter_day_slow_check" CHECK (cardinality("slow_ms") = cardinality("slow_n")),
    CONSTRAINT "counter_day_histogram_check" CHECK (cardinality("hist_idx") = cardinality("hist_n"))
) PARTITION BY RANGE ("slot");

-- Partitions are no part of the schema that the application knows.
CREATE SCHEMA "partitions";

-- Makes the partitions of all resolutions that cover a time, as far as they are missing; answers how many it made.
-- They are attached, not created in place: that does not keep anybody from counting meanwhile.
CREATE FUNCTION "ensure_counter_partitions"("since" TIMESTAMPTZ, "until" TIMESTAMPTZ) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  made INTEGER := 0;
  parent TEXT;
  width TEXT;
  lower_edge TIMESTAMPTZ;
  child TEXT;
BEGIN
  PERFORM pg_advisory_xact_lock(4400005);
  FOR parent, width, lower_edge IN
    SELECT level.parent, level.width, edge
    FROM (VALUES (1, 'counter', 'day'), (2, 'counter_minute', 'day'), (3, 'counter_hour', 'month'), (4, 'counter_day', 'year'))
        AS level (place, parent, width),
      generate_series(date_trunc(level.width, since, 'UTC'), until, ('1 ' || level.width)::interval, 'UTC') AS edge
    ORDER BY place, edge
  LOOP
    child := parent || '_' || to_char(lower_edge AT TIME ZONE 'UTC', 'YYYYMMDD');
    CONTINUE WHEN to_regclass(format('partitions.%I', child)) IS NOT NULL;
    -- Rows that are updated all the time keep room beside them, so that an update stays on its page (HOT).
    EXECUTE format('CREATE TABLE partitions.%I (LIKE %I INCLUDING ALL) WITH (fillfactor = 80)', child, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)', parent, child,
      lower_edge, date_add(lower_edge, ('1 ' || width)::interval, 'UTC'));
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;

-- The partitions of counters with the times that they hold.
CREATE VIEW "counter_partition" AS
SELECT parent.relname::text AS level, child.oid AS partition, child.relname::text AS name,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz AS since,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS until
FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent
JOIN pg_class AS child ON child.oid = inhrelid
WHERE parent.relkind = 'p' AND parent.relnamespace = 'public'::regnamespace
  AND parent.relname IN ('counter', 'counter_minute', 'counter_hour', 'counter_day');

-- Drops the partitions of one resolution that hold nothing from this moment on; answers how many there were.
CREATE FUNCTION "drop_counter_partitions"("of_level" TEXT, "before" TIMESTAMPTZ) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
  dropped INTEGER := 0;
  child TEXT;
BEGIN
  PERFORM pg_advisory_xact_lock(4400005);
  FOR child IN SELECT p.name FROM counter_partition AS p WHERE p.level = of_level AND p.until <= before ORDER BY p.until LOOP
    EXECUTE format('DROP TABLE partitions.%I', child);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

SELECT "ensure_counter_partitions"(LEAST(now() - interval '51 hours', (SELECT min("slot") FROM "counter_before")),
  GREATEST(now() + interval '2 days', (SELECT max("slot") FROM "counter_before")));

-- Nobody knows any more with which kind of key these were sent: they are trusted like those that anybody can send.
INSERT INTO "counter" ("environment_id", "slot", "flag", "version", "variant", "reason", "stage", "trust", "exposures", "exposures_first",
  "ok", "err", "err_first", "slow_ms", "slow_n", "hist_idx", "hist_n", "updated_at")
SELECT "environment_id", at, "flag", "version", "variant", "reason", "stage", 'client', sum("exposures"), sum("exposures_first"),
  sum("ok"), sum("err"), sum("err_first"), '{}', '{}', '{}', '{}', max("updated_at")
FROM "counter_before", LATERAL (SELECT "slot" AS at) AS place
GROUP BY 1, 2, 3, 4, 5, 6, 7;
UPDATE "counter" AS c SET ("hist_idx", "hist_n") = (
  SELECT coalesce(array_agg(i ORDER BY i), '{}'), coalesce(array_agg(n ORDER BY i), '{}')
  FROM (
    SELECT i, sum(n)::bigint AS n FROM "counter_before" AS b, unnest(b."hist_idx", b."hist_n") AS bucket (i, n)
    WHERE (b."environment_id", b."slot", b."flag", b."version", b."variant", b."reason", b."stage")
      = (c."environment_id", c."slot", c."flag", c."version", c."variant", c."reason", c."stage")
    GROUP BY i
  ) AS merged);
INSERT INTO "counter_minute" ("environment_id", "slot", "flag", "version", "variant", "reason", "stage", "trust", "exposures", "exposures_first",
  "ok", "err", "err_first", "slow_ms", "slow_n", "hist_idx", "hist_n", "updated_at")
SELECT "environment_id", at, "flag", "version", "variant", "reason", "stage", 'client', sum("exposures"), sum("exposures_first"),
  sum("ok"), sum("err"), sum("err_first"), '{}', '{}', '{}', '{}', max("updated_at")
FROM "counter_before", LATERAL (SELECT date_trunc('minute', "slot", 'UTC') AS at) AS place
GROUP BY 1, 2, 3, 4, 5, 6, 7;
UPDATE "counter_minute" AS c SET ("hist_idx", "hist_n") = (
  SELECT coalesce(array_agg(i ORDER BY i), '{}'), coalesce(array_agg(n ORDER BY i), '{}')
  FROM (
    SELECT i, sum(n)::bigint AS n FROM "counter_before" AS b, unnest(b."hist_idx", b."hist_n") AS bucket (i, n)
    WHERE (b."environment_id", date_trunc('minute', b."slot", 'UTC'), b."flag", b."version", b."variant", b."reason", b."stage")
      = (c."environment_id", c."slot", c."flag", c."version", c."variant", c."reason", c."stage")
    GROUP BY i
  ) AS merged);
INSERT INTO "counter_hour" ("environment_id", "slot", "flag", "version", "variant", "reason", "stage", "trust", "exposures", "exposures_first",
  "ok", "err", "err_first", "slow_ms", "slow_n", "hist_idx", "hist_n", "updated_at")
SELECT "environment_id", at, "flag", "version", "variant", "reason", "stage", 'client', sum("exposures"), sum("exposures_first"),
  sum("ok"), sum("err"), sum("err_first"), '{}', '{}', '{}', '{}', max("updated_at")
FROM "counter_before", LATERAL (SELECT date_trunc('hour', "slot", 'UTC') AS at) AS place
GROUP BY 1, 2, 3, 4, 5, 6, 7;
UPDATE "counter_hour" AS c SET ("hist_idx", "hist_n") = (
  SELECT coalesce(array_agg(i ORDER BY i), '{}'), coalesce(array_agg(n ORDER BY i), '{}')
  FROM (
    SELECT i, sum(n)::bigint AS n FROM "counter_before" AS b, unnest(b."hist_idx", b."hist_n") AS bucket (i, n)
    WHERE (b."environment_id", date_trunc('hour', b."slot", 'UTC'), b."flag", b."version", b."variant", b."reason", b."stage")
      = (c."environment_id", c."slot", c."flag", c."version", c."variant", c."reason", c."stage")
    GROUP BY i
  ) AS merged);
INSERT INTO "counter_day" ("environment_id", "slot", "flag", "version", "variant", "reason", "stage", "trust", "exposures", "exposures_first",
  "ok", "err", "err_first", "slow_ms", "slow_n", "hist_idx", "hist_n", "updated_at")
SELECT "environment_id", at, "flag", "version", "variant", "reason", "stage", 'client', sum("exposures"), sum("exposures_first"),
  sum("ok"), sum("err"), sum("err_first"), '{}', '{}', '{}', '{}', max("updated_at")
FROM "counter_before", LATERAL (SELECT date_trunc('day', "slot", 'UTC') AS at) AS place
GROUP BY 1, 2, 3, 4, 5, 6, 7;
UPDATE "counter_day" AS c SET ("hist_idx", "hist_n") = (
  SELECT coalesce(array_agg(i ORDER BY i), '{}'), coalesce(array_agg(n ORDER BY i), '{}')
  FROM (
    SELECT i, sum(n)::bigint AS n FROM "counter_before" AS b, unnest(b."hist_idx", b."hist_n") AS bucket (i, n)
    WHERE (b."environment_id", date_trunc('day', b."slot", 'UTC'), b."flag", b."version", b."variant", b."reason", b."stage")
      = (c."environment_id", c."slot", c."flag", c."version", c."variant", c."reason", c."stage")
    GROUP BY i
  ) AS merged);
DROP TABLE "counter_before";

-- One row per sender in place of one per batch: which of its batches have been counted, as ranges of their numbers.
-- "previous" is what "received" was before the last commit, by which that commit learns which of its batches are new.
CREATE TABLE "telemetry_instance" (
    "environment_id" UUID NOT NULL,
    "instance" TEXT NOT NULL,
    "received" int8multirange NOT NULL,
    "previous" int8multirange NOT NULL,
    "exposures" BIGINT NOT NULL,
    "dropped" BIGINT NOT NULL,
    "trust" TEXT NOT NULL,
    "seen_on" DATE NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "telemetry_instance_pkey" PRIMARY KEY ("environment_id","instance")
) WITH (fillfactor = 70);
-- Closes the oldest gaps between ranges until so many ranges are left.
CREATE FUNCTION "close_gaps"("ranges" int8multirange, "most" INTEGER) RETURNS int8multirange LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN (SELECT count(*) FROM unnest(ranges)) <= most THEN ranges
    ELSE ranges + int8multirange(int8range(lower(ranges), (SELECT upper(r) FROM unnest(ranges) AS r ORDER BY r DESC OFFSET most - 1 LIMIT 1))) END
$$;

CREATE INDEX "telemetry_instance_seen_on_idx" ON "telemetry_instance"("seen_on");
INSERT INTO "telemetry_instance" ("environment_id", "instance", "received", "previous", "exposures", "dropped", "trust", "seen_on", "last_seen_at")
SELECT "environment_id", "instance", range_agg(int8range("seq", "seq", '[]')), '{}', 0, 0, 'client', max("received_at")::date, max("received_at")
FROM "telemetry_batch" GROUP BY 1, 2;
DROP TABLE "telemetry_batch";
