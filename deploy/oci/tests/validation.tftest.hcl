# Terraform rejects invalid values of every variable before it creates anything. Values not given here come from terraform.tfvars.example.

mock_provider "oci" {}

mock_provider "oci" {
  alias = "home"
}

run "identifiers_of_the_wrong_kind" {
  command = plan
  variables {
    tenancy_id                          = "ocid1.compartment.oc1..aaaa"
    compartment_id                      = "bronze"
    region                              = "lhr"
    home_region                         = "London"
    prefix                              = "Bronze Works"
    function_subnet_ids                 = []
    function_network_security_group_ids = ["ocid1.subnet.oc1..aaaa"]
    gateway_subnet_id                   = "ocid1.vcn.oc1..aaaa"
    stream_pool_subnet_id               = "10.0.0.0/24"
    stream_kms_key_id                   = "ocid1.vault.oc1..aaaa"
    bucket_kms_key_id                   = "ocid1.vault.oc1..aaaa"
    kms_compartment_id                  = "ocid1.vault.oc1..aaaa"
    image_registry                      = "https://lhr.ocir.io/"
    image_digests                       = { curate = "0.1.0" }
    image_signing_key_ids               = ["ocid1.vault.oc1..aaaa"]
    producer_claim                      = "a claim"
    alarm_email                         = "nobody"
  }
  expect_failures = [
    var.tenancy_id, var.compartment_id, var.region, var.home_region, var.prefix, var.function_subnet_ids,
    var.function_network_security_group_ids, var.gateway_subnet_id, var.stream_pool_subnet_id, var.stream_kms_key_id,
    var.bucket_kms_key_id, var.kms_compartment_id, var.image_registry, var.image_digests, var.image_signing_key_ids, var.producer_claim, var.alarm_email,
  ]
}

run "numbers_that_the_services_reject" {
  command = plan
  variables {
    stream_partitions                 = 0
    stream_retention_in_hours         = 12
    connector_rollover_size_in_mbs    = 0
    connector_rollover_time_in_ms     = 1000
    bronze_retention_days             = 1.5
    image_version                     = "latest"
    function_shape                    = "GENERIC_RISC"
    curate_memory_in_mbs              = 300
    curate_timeout_in_seconds         = 600
    ingest_memory_in_mbs              = 64
    ingest_timeout_in_seconds         = 600
    ingest_provisioned_concurrency    = -1
    rate_limit_in_requests_per_second = 0
    rate_limit_key                    = "NOBODY"
    log_retention_in_days             = 7
    token_client_secret_version       = 0
  }
  expect_failures = [
    var.stream_partitions, var.stream_retention_in_hours, var.connector_rollover_size_in_mbs, var.connector_rollover_time_in_ms,
    var.bronze_retention_days, var.image_version, var.function_shape, var.curate_memory_in_mbs, var.curate_timeout_in_seconds,
    var.ingest_memory_in_mbs, var.ingest_timeout_in_seconds, var.ingest_provisioned_concurrency,
    var.rate_limit_in_requests_per_second, var.rate_limit_key, var.log_retention_in_days, var.token_client_secret_version,
  ]
}

run "a_lake_in_the_bronze_bucket" {
  command = plan
  variables {
    bronze_bucket = "Bronze"
    lake_bucket   = "bronze"
    lake_folder   = "_lake/"
  }
  expect_failures = [var.lake_bucket, var.lake_folder]
}

run "an_invalid_bucket_name" {
  command = plan
  variables {
    bronze_bucket = "a bucket"
  }
  expect_failures = [var.bronze_bucket]
}

run "a_lake_without_a_bucket" {
  command = plan
  variables {
    lake_bucket = ""
  }
  expect_failures = [var.lake_bucket]
}

run "versioning_together_with_retention" {
  command = plan
  variables {
    bronze_versioning     = true
    bronze_retention_days = 30
  }
  expect_failures = [var.bronze_retention_days]
}

run "a_connector_that_could_overwrite" {
  command = plan
  variables {
    connector_uploads_in_parts = true
  }
  expect_failures = [var.connector_uploads_in_parts]
}

run "a_lifecycle_that_does_not_exist" {
  command = plan
  variables {
    bronze_lifecycle = { action = "SHRED", days = 0.5 }
  }
  expect_failures = [var.bronze_lifecycle]
}

run "deletion_before_retention_ends" {
  command = plan
  variables {
    bronze_retention_days = 30
    bronze_lifecycle      = { action = "DELETE", days = 30 }
  }
  expect_failures = [var.bronze_lifecycle]
}

run "a_key_in_the_url" {
  command = plan
  variables {
    ingest_key = "header:key,query:key"
  }
  expect_failures = [var.ingest_key]
}

run "producers_that_could_not_be_told_apart" {
  command = plan
  variables {
    producers = { till = { claim = "a", requests_per_second = 1 }, shop = { claim = "a", requests_per_second = 1 } }
  }
  expect_failures = [var.producers]
}

run "producers_without_a_limit" {
  command = plan
  variables {
    producers = { till = { claim = "a", requests_per_second = 0 } }
  }
  expect_failures = [var.producers]
}

run "settings_that_other_variables_set" {
  command = plan
  variables {
    table_schema  = "file:///schema.json"
    curate_config = { SOURCE_URL = "oci://elsewhere@bronzeworks/" }
    ingest_config = { STREAM_ID = "ocid1.stream.oc1..other" }
  }
  expect_failures = [var.table_schema, var.curate_config, var.ingest_config]
}

run "settings_that_ingest_rejects" {
  command = plan
  variables {
    ingest_key          = "device"
    ingest_envelope     = "invoice"
    ingest_table_schema = "oci://lake@bronzeworks/schemas/readings.json"
    ingest_order        = "time"
  }
  expect_failures = [var.ingest_key, var.ingest_envelope, var.ingest_table_schema, var.ingest_order]
}

run "tokens_that_could_not_be_verified" {
  command = plan
  variables {
    token_issuers   = []
    token_audiences = []
    jwks_uri        = null
  }
  expect_failures = [var.token_issuers, var.token_audiences, var.jwks_uri]
}

run "an_unknown_authentication" {
  command = plan
  variables {
    authentication = "NONE"
    jwks_uri       = null
  }
  expect_failures = [var.authentication]
}

run "incomplete_token_authentication" {
  command = plan
  variables {
    authentication = "TOKEN_AUTHENTICATION"
  }
  expect_failures = [var.jwks_uri, var.token_discovery_uri, var.token_client_id, var.token_client_secret_id]
}
