-- Table Readings of 2024, version 3.
-- Text and bytes that are longer than 32767 bytes cannot be read. Booleans are 0 and 1. Points in
--   time are in UTC.
-- Partition columns are text, because Oracle takes them from the path.
-- Oracle reads nested values as JSON text: items, labels.
BEGIN
  DBMS_CLOUD.CREATE_EXTERNAL_TABLE(
    table_name      => 'READINGS_OF_2024',
    credential_name => 'OCI$RESOURCE_PRINCIPAL',
    file_uri_list   => 'https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/namespace/b/lake/o/%C3%A9/*.parquet',
    column_list     => '
      "ORDER" NUMBER(10),
      "Measured At" TIMESTAMP(6),
      "LOCAL" TIMESTAMP(6),
      REMARK VARCHAR2(32767),
      COUNT NUMBER(19),
      RATIO BINARY_DOUBLE,
      AMOUNT NUMBER(38, 38),
      BORN DATE,
      IMAGE RAW(32767),
      "RAW" VARCHAR2(32767),
      ITEMS VARCHAR2(32767),
      LABELS VARCHAR2(32767),
      "_rescued" VARCHAR2(32767),
      "_stream" VARCHAR2(32767),
      "_partition" VARCHAR2(32767),
      "_offset" NUMBER(19),
      "_sequence" VARCHAR2(32767),
      "_key" RAW(32767),
      "_headers" VARCHAR2(32767),
      "_enqueued_at" TIMESTAMP(6),
      "_source" VARCHAR2(32767),
      DEVICE VARCHAR2(255),
      OK VARCHAR2(255),
      DAY VARCHAR2(255),
      HOUR VARCHAR2(255),
      SLOT VARCHAR2(255),
      CENTS VARCHAR2(255),
      HEAD VARCHAR2(255)',
    format          => '{"type": "parquet",
      "implicit_partition_config": {"partition_type": "hive", "strict_column_order": true,
        "partition_columns": ["device","ok","day","hour","slot","cents","head"]}}'
  );
END;
/
