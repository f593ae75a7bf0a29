-- Table gl-journal, version 1.
-- The Iceberg table is a copy of the rows that are in the lake now; run the statements again to
--   refresh it. Iceberg reads files by the field ids in them. CREATE TABLE assigns ids of its own,
--   so add_files would read the lake's files wrongly.
CREATE OR REPLACE TEMPORARY VIEW ledger_files (
    uuid STRING,
    run_id STRING,
    scenario STRING,
    sent_at TIMESTAMP_NTZ,
    journal_header_source_code STRING,
    journal_external_reference STRING,
    journal_header_description STRING,
    period_date TIMESTAMP_NTZ,
    journal_category_code STRING,
    journal_posted_date TIMESTAMP_NTZ,
    journal_created_date TIMESTAMP_NTZ,
    journal_created_timestamp TIMESTAMP_NTZ,
    journal_actual_flag STRING,
    journal_status STRING,
    journal_header_name STRING,
    reversal_flag STRING,
    reversal_journal_header_source_code STRING,
    journal_line_number INT,
    account_code STRING,
    organization_code STRING,
    project_code STRING,
    journal_line_type STRING,
    entered_debit_amount DECIMAL(38, 18),
    entered_credit_amount DECIMAL(38, 18),
    accounted_debit_amount DECIMAL(38, 18),
    accounted_credit_amount DECIMAL(38, 18),
    journal_line_description STRING,
    `_rescued` STRING,
    `_stream` STRING,
    `_partition` STRING,
    `_offset` BIGINT,
    `_sequence` STRING,
    `_key` STRING,
    `_headers` STRING,
    `_enqueued_at` TIMESTAMP,
    `_source` STRING,
    period_code STRING,
    currency_code STRING
)
USING PARQUET
OPTIONS (path 'oci://lake@namespace/journal/');

CREATE OR REPLACE TABLE lake.finance.ledger
USING ICEBERG
PARTITIONED BY (period_code, currency_code)
AS SELECT * FROM ledger_files;
