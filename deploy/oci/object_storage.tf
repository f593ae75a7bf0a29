data "oci_objectstorage_namespace" "tenancy" {
  compartment_id = var.tenancy_id
}

locals {
  namespace  = data.oci_objectstorage_namespace.tenancy.namespace
  source_url = "oci://${var.bronze_bucket}@${local.namespace}/"
  lake_url   = "oci://${var.lake_bucket}@${local.namespace}/${var.lake_folder}"

  bronze_has_lifecycle = var.bronze_lifecycle != null || var.connector_uploads_in_parts
}

resource "oci_objectstorage_bucket" "bronze" {
  compartment_id        = var.compartment_id
  namespace             = local.namespace
  name                  = var.bronze_bucket
  object_events_enabled = true
  versioning            = var.bronze_versioning ? "Enabled" : "Disabled"
  kms_key_id            = var.bucket_kms_key_id
  freeform_tags         = var.freeform_tags

  dynamic "retention_rules" {
    for_each = var.bronze_retention_days > 0 ? [var.bronze_retention_days] : []
    content {
      display_name = "bronze"
      duration {
        time_amount = retention_rules.value
        time_unit   = "DAYS"
      }
    }
  }

  depends_on = [oci_identity_policy.keys]
}

resource "oci_objectstorage_bucket" "lake" {
  compartment_id = var.compartment_id
  namespace      = local.namespace
  name           = var.lake_bucket
  # For the notification about quarantined lines. The rule for curate matches the other bucket.
  object_events_enabled = true
  versioning            = var.lake_versioning ? "Enabled" : "Disabled"
  kms_key_id            = var.bucket_kms_key_id
  freeform_tags         = var.freeform_tags

  depends_on = [oci_identity_policy.keys]
}

# A container that is killed cannot abort its multipart uploads.
resource "oci_objectstorage_object_lifecycle_policy" "lake" {
  namespace = local.namespace
  bucket    = oci_objectstorage_bucket.lake.name

  rules {
    name        = "uncommitted-uploads"
    action      = "ABORT"
    target      = "multipart-uploads"
    is_enabled  = true
    time_amount = 1
    time_unit   = "DAYS"
  }

  depends_on = [oci_identity_policy.lifecycle]
}

# Optional: without it, Object Storage itself may do nothing in the bronze bucket.
resource "oci_objectstorage_object_lifecycle_policy" "bronze" {
  count     = local.bronze_has_lifecycle ? 1 : 0
  namespace = local.namespace
  bucket    = oci_objectstorage_bucket.bronze.name

  dynamic "rules" {
    for_each = var.bronze_lifecycle[*]
    content {
      name        = "old-objects"
      action      = rules.value.action
      target      = "objects"
      is_enabled  = true
      time_amount = rules.value.days
      time_unit   = "DAYS"
    }
  }

  # The connector cannot abort its uploads: that requires OBJECT_DELETE.
  rules {
    name        = "uncommitted-uploads"
    action      = "ABORT"
    target      = "multipart-uploads"
    is_enabled  = true
    time_amount = 1
    time_unit   = "DAYS"
  }

  depends_on = [oci_identity_policy.lifecycle]
}
