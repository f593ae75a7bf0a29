-- Table Readings of 2024, version 3.
-- s3a:// is the name of S3 in Hadoop's connector.
-- Run the second statement again when there are new partitions.
CREATE TABLE readings_of_2024 (
    `order` INT,
    `Measured At` TIMESTAMP,
    `local` TIMESTAMP_NTZ,
    `say "hi" ``x`` it's` STRING,
    count BIGINT,
    ratio DOUBLE,
    amount DECIMAL(38, 38),
    born DATE,
    image BINARY,
    `raw` STRING,
    items ARRAY<STRUCT<sku: STRING, `Sold at`: TIMESTAMP_NTZ, qty: DECIMAL(9, 2)>>,
    labels MAP<STRING, ARRAY<BIGINT>>,
    `_rescued` STRING,
    `_stream` STRING,
    `_partition` STRING,
    `_offset` BIGINT,
    `_sequence` STRING,
    `_key` BINARY,
    `_headers` STRING,
    `_enqueued_at` TIMESTAMP,
    `_source` STRING,
    device STRING,
    ok BOOLEAN,
    day DATE,
    hour STRING,
    slot INT,
    cents DECIMAL(38, 38),
    head STRING
)
USING PARQUET
PARTITIONED BY (device, ok, day, hour, slot, cents, head)
LOCATION 's3a://lake/it\'s/';

ALTER TABLE readings_of_2024 RECOVER PARTITIONS;
