-- Table gl-journal, version 1.
-- Trino reads OCI Object Storage with the S3 Compatibility API: set s3.endpoint to
--   https://namespace.compat.objectstorage.REGION.oraclecloud.com, s3.region to REGION, and
--   s3.path-style-access to true.
-- The Hive connector declares times in milliseconds and without a zone. To read microseconds: SET
--   SESSION CATALOG.timestamp_precision = 'MICROSECONDS'. Points in time are shown in UTC.
-- Run the second statement again when there are new partitions.
CREATE TABLE finance.ledger (
    uuid varchar,
    run_id varchar,
    scenario varchar,
    sent_at timestamp(3),
    journal_header_source_code varchar,
    journal_external_reference varchar,
    journal_header_description varchar,
    period_date timestamp(3),
    journal_category_code varchar,
    journal_posted_date timestamp(3),
    journal_created_date timestamp(3),
    journal_created_timestamp timestamp(3),
    journal_actual_flag varchar,
    journal_status varchar,
    journal_header_name varchar,
    reversal_flag varchar,
    reversal_journal_header_source_code varchar,
    journal_line_number integer,
    account_code varchar,
    organization_code varchar,
    project_code varchar,
    journal_line_type varchar,
    entered_debit_amount decimal(38, 18),
    entered_credit_amount decimal(38, 18),
    accounted_debit_amount decimal(38, 18),
    accounted_credit_amount decimal(38, 18),
    journal_line_description varchar,
    "_rescued" varchar,
    "_stream" varchar,
    "_partition" varchar,
    "_offset" bigint,
    "_sequence" varchar,
    "_key" varchar,
    "_headers" varchar,
    "_enqueued_at" timestamp(3),
    "_source" varchar,
    period_code varchar,
    currency_code varchar
)
WITH (
    format = 'PARQUET',
    external_location = 's3://lake/journal/',
    partitioned_by = ARRAY['period_code', 'currency_code']
);

CALL system.sync_partition_metadata('finance', 'ledger', 'FULL');
