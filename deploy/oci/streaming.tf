resource "oci_streaming_stream_pool" "pool" {
  compartment_id = var.compartment_id
  name           = "${var.prefix}-pool"
  freeform_tags  = var.freeform_tags

  dynamic "custom_encryption_key" {
    for_each = var.stream_kms_key_id[*]
    content {
      kms_key_id = custom_encryption_key.value
    }
  }

  dynamic "private_endpoint_settings" {
    for_each = var.stream_pool_subnet_id[*]
    content {
      subnet_id = private_endpoint_settings.value
    }
  }

  # The service can use the key only once the policy exists.
  depends_on = [oci_identity_policy.keys]
}

resource "oci_streaming_stream" "records" {
  stream_pool_id     = oci_streaming_stream_pool.pool.id
  name               = "${var.prefix}-records"
  partitions         = var.stream_partitions
  retention_in_hours = var.stream_retention_in_hours
  freeform_tags      = var.freeform_tags
}
