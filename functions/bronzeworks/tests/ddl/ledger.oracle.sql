-- Table gl-journal, version 1.
-- Text and bytes that are longer than 32767 bytes cannot be read. Booleans are 0 and 1. Points in
--   time are in UTC.
-- Partition columns are text, because Oracle takes them from the path.
BEGIN
  DBMS_CLOUD.CREATE_EXTERNAL_TABLE(
    table_name      => 'GL_JOURNAL',
    credential_name => 'LAKE',
    file_uri_list   => 'https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/namespace/b/lake/o/journal/*.parquet',
    column_list     => '
      UUID VARCHAR2(32767),
      RUN_ID VARCHAR2(32767),
      SCENARIO VARCHAR2(32767),
      SENT_AT TIMESTAMP(6),
      JOURNAL_HEADER_SOURCE_CODE VARCHAR2(32767),
      JOURNAL_EXTERNAL_REFERENCE VARCHAR2(32767),
      JOURNAL_HEADER_DESCRIPTION VARCHAR2(32767),
      PERIOD_DATE TIMESTAMP(6),
      JOURNAL_CATEGORY_CODE VARCHAR2(32767),
      JOURNAL_POSTED_DATE TIMESTAMP(6),
      JOURNAL_CREATED_DATE TIMESTAMP(6),
      JOURNAL_CREATED_TIMESTAMP TIMESTAMP(6),
      JOURNAL_ACTUAL_FLAG VARCHAR2(32767),
      JOURNAL_STATUS VARCHAR2(32767),
      JOURNAL_HEADER_NAME VARCHAR2(32767),
      REVERSAL_FLAG VARCHAR2(32767),
      REVERSAL_JOURNAL_HEADER_SOURCE_CODE VARCHAR2(32767),
      JOURNAL_LINE_NUMBER NUMBER(10),
      ACCOUNT_CODE VARCHAR2(32767),
      ORGANIZATION_CODE VARCHAR2(32767),
      PROJECT_CODE VARCHAR2(32767),
      JOURNAL_LINE_TYPE VARCHAR2(32767),
      ENTERED_DEBIT_AMOUNT NUMBER(38, 18),
      ENTERED_CREDIT_AMOUNT NUMBER(38, 18),
      ACCOUNTED_DEBIT_AMOUNT NUMBER(38, 18),
      ACCOUNTED_CREDIT_AMOUNT NUMBER(38, 18),
      JOURNAL_LINE_DESCRIPTION VARCHAR2(32767),
      "_rescued" VARCHAR2(32767),
      "_stream" VARCHAR2(32767),
      "_partition" VARCHAR2(32767),
      "_offset" NUMBER(19),
      "_sequence" VARCHAR2(32767),
      "_key" VARCHAR2(32767),
      "_headers" VARCHAR2(32767),
      "_enqueued_at" TIMESTAMP(6),
      "_source" VARCHAR2(32767),
      PERIOD_CODE VARCHAR2(255),
      CURRENCY_CODE VARCHAR2(255)',
    format          => '{"type": "parquet",
      "implicit_partition_config": {"partition_type": "hive", "strict_column_order": true,
        "partition_columns": ["period_code","currency_code"]}}'
  );
END;
/
