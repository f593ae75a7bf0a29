-- Table events, version 1.
-- Athena runs one statement at a time.
-- Its timestamps have milliseconds and no zone. Points in time are shown in UTC.
CREATE EXTERNAL TABLE events (
    id bigint,
    sent_at timestamp,
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
    done boolean,
    slot int
)
STORED AS PARQUET
LOCATION 's3://lake/t/'
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.done.type' = 'enum',
    'projection.done.values' = 'false,true',
    'projection.slot.type' = 'integer',
    'projection.slot.range' = '0,7'
);
