# The conditions are in separate files, so that deploy/oci/check can match them against events. An object invokes curate if it is in the
# bronze bucket and has the suffix of the connector's object names. What curate writes has other suffixes (.parquet, .json, .jsonl.gz) and
# goes to another bucket, so curate's output never invokes curate. Every version of the provider calls the inner block `actions`; the
# newest also accepts `action`.

resource "oci_events_rule" "curate" {
  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-curate"
  description    = "Invokes curate for each object that the connector writes."
  is_enabled     = true
  freeform_tags  = var.freeform_tags

  condition = templatefile("${path.module}/events/curate.json.tftpl", {
    bucket = oci_objectstorage_bucket.bronze.name
  })

  actions {
    actions {
      action_type = "FAAS"
      is_enabled  = true
      function_id = oci_functions_function.curate.id
    }
  }
}

resource "oci_events_rule" "quarantine" {
  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-quarantine"
  description    = "Reports each bronze object that has lines in quarantine."
  is_enabled     = true
  freeform_tags  = var.freeform_tags

  condition = templatefile("${path.module}/events/quarantine.json.tftpl", {
    bucket = oci_objectstorage_bucket.lake.name
  })

  actions {
    actions {
      action_type = "ONS"
      is_enabled  = true
      topic_id    = oci_ons_notification_topic.alarms.id
    }
  }
}
