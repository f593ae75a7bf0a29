# The conditions are files of their own, so that deploy/oci/check can hold them against events. Which object curate is called for is said by the
# bucket and by how the connector's names end. Nothing that curate writes ends so (.parquet, .json, .jsonl.gz), and it goes to another bucket:
# no rule can fire itself. The inner block is called `actions` by every version of the provider, and `action` besides by the newest.

resource "oci_events_rule" "curate" {
  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-curate"
  description    = "Calls curate for each object that the connector writes."
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
  description    = "Tells of each bronze object that has rows in quarantine."
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
