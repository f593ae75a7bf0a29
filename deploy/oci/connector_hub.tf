resource "oci_sch_service_connector" "bronze" {
  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-bronze"
  description    = "Lands the stream in the bronze bucket."
  freeform_tags  = var.freeform_tags

  source {
    kind      = "streaming"
    stream_id = oci_streaming_stream.records.id

    # Starts at the oldest record, so that records put before the connector first ran are not lost.
    cursor {
      kind = "TRIM_HORIZON"
    }
  }

  target {
    kind                       = "objectStorage"
    namespace                  = local.namespace
    bucket                     = oci_objectstorage_bucket.bronze.name
    batch_rollover_size_in_mbs = var.connector_rollover_size_in_mbs
    batch_rollover_time_in_ms  = var.connector_rollover_time_in_ms
  }

  depends_on = [oci_identity_policy.connector]
}
