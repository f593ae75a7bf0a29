-- Table Readings of 2024, version 3.
-- The Hive connector declares times in milliseconds and without a zone. To read microseconds: SET
--   SESSION CATALOG.timestamp_precision = 'MICROSECONDS'. Points in time are shown in UTC.
-- Run the second statement again when there are new partitions.
CREATE TABLE readings_of_2024 (
    "order" integer,
    "Measured At" timestamp(3),
    "local" timestamp(3),
    "say ""hi"" `x` it's" varchar,
    count bigint,
    ratio double,
    amount decimal(38, 38),
    born date,
    image varbinary,
    "raw" varchar,
    items array(row(sku varchar, "Sold at" timestamp(3), qty decimal(9, 2))),
    labels map(varchar, array(bigint)),
    "_rescued" varchar,
    "_stream" varchar,
    "_partition" varchar,
    "_offset" bigint,
    "_sequence" varchar,
    "_key" varbinary,
    "_headers" varchar,
    "_enqueued_at" timestamp(3),
    "_source" varchar,
    device varchar,
    ok boolean,
    day date,
    hour varchar,
    slot integer,
    cents decimal(38, 38),
    head varchar
)
WITH (
    format = 'PARQUET',
    external_location = 'file:///data/it''s/',
    partitioned_by = ARRAY['device', 'ok', 'day', 'hour', 'slot', 'cents', 'head']
);

CALL system.sync_partition_metadata('default', 'readings_of_2024', 'FULL');
