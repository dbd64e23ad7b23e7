-- Events that programs track, counted for the variants that were seen before them: the same resolutions as counters, in partitions like theirs.
CREATE TABLE "outcome" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "sum" DECIMAL NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outcome_pkey" PRIMARY KEY ("environment_id","flag","slot","event","version","variant","stage","trust"),
    CONSTRAINT "outcome_trust_check" CHECK ("trust" IN ('server', 'client'))
) PARTITION BY RANGE ("slot");

CREATE TABLE "outcome_minute" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "sum" DECIMAL NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outcome_minute_pkey" PRIMARY KEY ("environment_id","flag","slot","event","version","variant","stage","trust"),
    CONSTRAINT "outcome_minute_trust_check" CHECK ("trust" IN ('server', 'client'))
) PARTITION BY RANGE ("slot");

CREATE TABLE "outcome_hour" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "sum" DECIMAL NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outcome_hour_pkey" PRIMARY KEY ("environment_id","flag","slot","event","version","variant","stage","trust"),
    CONSTRAINT "outcome_hour_trust_check" CHECK ("trust" IN ('server', 'client'))
) PARTITION BY RANGE ("slot");

CREATE TABLE "outcome_day" (
    "environment_id" UUID NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "flag" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "variant" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "sum" DECIMAL NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outcome_day_pkey" PRIMARY KEY ("environment_id","flag","slot","event","version","variant","stage","trust"),
    CONSTRAINT "outcome_day_trust_check" CHECK ("trust" IN ('server', 'client'))
) PARTITION BY RANGE ("slot");

-- Requests that brought outcomes under an Idempotency-Key, and what they held: sent again they are counted no more.
CREATE TABLE "outcome_claim" (
    "environment_id" UUID NOT NULL,
    "name" BYTEA NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "outcome_claim_pkey" PRIMARY KEY ("environment_id","name")
);
CREATE INDEX "outcome_claim_at_idx" ON "outcome_claim"("at");

-- As before, for the tables of outcomes too.
CREATE OR REPLACE FUNCTION "ensure_counter_partitions"("since" TIMESTAMPTZ, "until" TIMESTAMPTZ) RETURNS INTEGER LANGUAGE plpgsql AS $$
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
    FROM (VALUES (1, 'counter', 'day'), (2, 'counter_minute', 'day'), (3, 'counter_hour', 'month'), (4, 'counter_day', 'year'),
          (5, 'outcome', 'day'), (6, 'outcome_minute', 'day'), (7, 'outcome_hour', 'month'), (8, 'outcome_day', 'year'))
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

CREATE OR REPLACE VIEW "counter_partition" AS
SELECT parent.relname::text AS level, child.oid AS partition, child.relname::text AS name,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz AS since,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS until
FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent
JOIN pg_class AS child ON child.oid = inhrelid
WHERE parent.relkind = 'p' AND parent.relnamespace = 'public'::regnamespace
  AND parent.relname IN ('counter', 'counter_minute', 'counter_hour', 'counter_day',
    'outcome', 'outcome_minute', 'outcome_hour', 'outcome_day');

SELECT "ensure_counter_partitions"(now() - interval '51 hours', now() + interval '2 days');
