-- Table Readings of 2024, version 3.
-- The Iceberg table is a copy of the rows that are in the lake now; run the statements again to
--   refresh it. Iceberg reads files by the field ids in them. CREATE TABLE assigns ids of its own,
--   so add_files would read the lake's files wrongly.
CREATE OR REPLACE TEMPORARY VIEW readings_of_2024_files (
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
OPTIONS (path 's3a://lake/it\'s/');

CREATE OR REPLACE TABLE readings_of_2024
USING ICEBERG
PARTITIONED BY (device, ok, day, hour, slot, cents, head)
AS SELECT * FROM readings_of_2024_files;
