resource "oci_functions_application" "bronzeworks" {
  compartment_id             = var.compartment_id
  display_name               = var.prefix
  subnet_ids                 = var.function_subnet_ids
  network_security_group_ids = var.function_network_security_group_ids
  shape                      = var.function_shape
  freeform_tags              = var.freeform_tags

  # Without keys, the policy is off: OCI then runs whatever image has the tag.
  image_policy_config {
    is_policy_enabled = length(var.image_signing_key_ids) > 0

    dynamic "key_details" {
      for_each = var.image_signing_key_ids
      content {
        kms_key_id = key_details.value
      }
    }
  }

  # Both functions log one JSON object per line. With this format, the Logging service can search its fields by name.
  logging {
    line_format = "JSON"
  }

  # Functions refuses images whose signatures it cannot read.
  depends_on = [oci_identity_policy.signatures]
}

resource "oci_functions_function" "curate" {
  application_id     = oci_functions_application.bronzeworks.id
  display_name       = "curate"
  image              = local.images["curate"]
  image_digest       = lookup(var.image_digests, "curate", null)
  memory_in_mbs      = var.curate_memory_in_mbs
  timeout_in_seconds = var.curate_timeout_in_seconds
  freeform_tags      = var.freeform_tags

  config = merge(var.curate_config, {
    SOURCE_URL   = local.source_url
    LAKE_URL     = local.lake_url
    TABLE_SCHEMA = var.table_schema
  })
}

resource "oci_functions_function" "ingest" {
  application_id     = oci_functions_application.bronzeworks.id
  display_name       = "ingest"
  image              = local.images["ingest"]
  image_digest       = lookup(var.image_digests, "ingest", null)
  memory_in_mbs      = var.ingest_memory_in_mbs
  timeout_in_seconds = var.ingest_timeout_in_seconds
  freeform_tags      = var.freeform_tags

  config = merge(var.ingest_config, {
    STREAM_ID       = oci_streaming_stream.records.id
    STREAM_ENDPOINT = oci_streaming_stream.records.messages_endpoint
    KEY             = var.ingest_key
    ENVELOPE        = var.ingest_envelope
    TABLE_SCHEMA    = var.ingest_table_schema
    ORDER           = var.ingest_order
  })

  dynamic "provisioned_concurrency_config" {
    for_each = var.ingest_provisioned_concurrency > 0 ? [var.ingest_provisioned_concurrency] : []
    content {
      strategy = "CONSTANT"
      count    = provisioned_concurrency_config.value
    }
  }
}
