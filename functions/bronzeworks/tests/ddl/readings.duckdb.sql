-- Table Readings of 2024, version 3.
CREATE OR REPLACE VIEW readings_of_2024 AS
SELECT * FROM read_parquet(
    '/data/[[]it''s][*]/**/*.parquet',
    union_by_name = true, hive_partitioning = true,
    hive_types = {'device': VARCHAR, 'ok': BOOLEAN, 'day': DATE, 'hour': VARCHAR, 'slot': INTEGER, 'cents': 'DECIMAL(38, 38)', 'head': VARCHAR}
);
