-- Table Readings of 2024, version 3.
-- Athena runs one statement at a time.
-- Its timestamps have milliseconds and no zone. Points in time are shown in UTC.
-- Run the second statement again when there are new partitions.
CREATE EXTERNAL TABLE readings_of_2024 (
    `order` int,
    `MeasuredAt` timestamp,
    `local` timestamp,
    remark string,
    count bigint,
    ratio double,
    amount decimal(38, 38),
    born date,
    image binary,
    `raw` string,
    items array<struct<sku:string,`SoldAt`:timestamp,qty:decimal(9, 2)>>,
    labels map<string,array<bigint>>,
    `_rescued` string,
    `_stream` string,
    `_partition` string,
    `_offset` bigint,
    `_sequence` string,
    `_key` binary,
    `_headers` string,
    `_enqueued_at` timestamp,
    `_source` string
)
PARTITIONED BY (
    device string,
    ok boolean,
    day date,
    hour string,
    slot int,
    cents decimal(38, 38),
    head string
)
STORED AS PARQUET
LOCATION 's3://lake/it\'s/';

MSCK REPAIR TABLE readings_of_2024;
