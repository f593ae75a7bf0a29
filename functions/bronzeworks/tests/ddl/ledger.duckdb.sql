-- Table gl-journal, version 1.
CREATE OR REPLACE VIEW gl_journal AS
SELECT * FROM read_parquet(
    './lake/**/*.parquet',
    union_by_name = true, hive_partitioning = true,
    hive_types = {'period_code': VARCHAR, 'currency_code': VARCHAR}
);
