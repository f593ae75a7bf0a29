-- Table gl-journal, version 1.
-- Athena runs one statement at a time.
-- Its timestamps have milliseconds and no zone. Points in time are shown in UTC.
-- Run the second statement again when there are new partitions.
CREATE EXTERNAL TABLE gl_journal (
    uuid string,
    run_id string,
    scenario string,
    sent_at timestamp,
    journal_header_source_code string,
    journal_external_reference string,
    journal_header_description string,
    period_date timestamp,
    journal_category_code string,
    journal_posted_date timestamp,
    journal_created_date timestamp,
    journal_created_timestamp timestamp,
    journal_actual_flag string,
    journal_status string,
    journal_header_name string,
    reversal_flag string,
    reversal_journal_header_source_code string,
    journal_line_number int,
    account_code string,
    organization_code string,
    project_code string,
    journal_line_type string,
    entered_debit_amount decimal(38, 18),
    entered_credit_amount decimal(38, 18),
    accounted_debit_amount decimal(38, 18),
    accounted_credit_amount decimal(38, 18),
    journal_line_description string,
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
    period_code string,
    currency_code string
)
STORED AS PARQUET
LOCATION 's3://lake/journal/';

MSCK REPAIR TABLE gl_journal;
