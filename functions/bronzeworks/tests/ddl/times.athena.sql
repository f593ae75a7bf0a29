-- Table t, version 1.
-- Athena runs one statement at a time.
-- Its timestamps have milliseconds and no zone. Points in time are shown in UTC.
-- A query computes the folders to look into. It does not find rows outside the ranges below, and
--   rows whose partition is null.
CREATE EXTERNAL TABLE t (
    c0 timestamp,
    `_rescued` string,
    `_stream` string,
    `_partition` string,
    `_offset` bigint,
    `_sequence` string,
    `_key` string,
    `_headers` string,
    `_enqueued_at` timestamp,
    `_source` string
)
PARTITIONED BY (
    y string,
    m string,
    d date,
    h string,
    c1 date
)
STORED AS PARQUET
LOCATION 's3://lake/t/'
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.y.type' = 'date',
    'projection.y.format' = 'yyyy',
    'projection.y.interval' = '1',
    'projection.y.interval.unit' = 'YEARS',
    'projection.y.range' = '2024,NOW+1DAYS',
    'projection.m.type' = 'date',
    'projection.m.format' = 'yyyy-MM',
    'projection.m.interval' = '1',
    'projection.m.interval.unit' = 'MONTHS',
    'projection.m.range' = '2024-06,NOW+1DAYS',
    'projection.d.type' = 'date',
    'projection.d.format' = 'yyyy-MM-dd',
    'projection.d.interval' = '1',
    'projection.d.interval.unit' = 'DAYS',
    'projection.d.range' = '2024-06-28,NOW+1DAYS',
    'projection.h.type' = 'date',
    'projection.h.format' = 'yyyy-MM-dd-HH',
    'projection.h.interval' = '1',
    'projection.h.interval.unit' = 'HOURS',
    'projection.h.range' = '2024-06-28-00,NOW+1DAYS',
    'projection.c1.type' = 'date',
    'projection.c1.format' = 'yyyy-MM-dd',
    'projection.c1.interval' = '1',
    'projection.c1.interval.unit' = 'DAYS',
    'projection.c1.range' = '2024-06-28,NOW+1DAYS'
);
