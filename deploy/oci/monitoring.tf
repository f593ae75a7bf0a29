resource "oci_ons_notification_topic" "alarms" {
  compartment_id = var.compartment_id
  name           = "${var.prefix}-alarms"
  description    = "Alarms of ${var.prefix}, and bronze objects with rows in quarantine."
  freeform_tags  = var.freeform_tags
}

resource "oci_ons_subscription" "email" {
  for_each = toset(var.alarm_email[*])

  compartment_id = var.compartment_id
  topic_id       = oci_ons_notification_topic.alarms.id
  protocol       = "EMAIL"
  endpoint       = each.value
  freeform_tags  = var.freeform_tags
}

locals {
  function_ids = { curate = oci_functions_function.curate.id, ingest = oci_functions_function.ingest.id }

  # What a query asks for is in the services' references of metrics.
  alarms = merge({
    deliveries = {
      namespace = "oci_cloudevents"
      query     = "DeliveryFailedEvents[5m]{resourceId = \"${oci_events_rule.curate.id}\"}.sum() > 0"
      severity  = "CRITICAL"
      body      = "Events did not get to curate: look into the log of its calls, then curate what is missing with the command line; curated objects are left alone."
    }
    connector = {
      namespace = "oci_service_connector_hub"
      query     = "ServiceConnectorHubErrors[5m]{connectorId = \"${oci_sch_service_connector.bronze.id}\"}.sum() > 0"
      severity  = "CRITICAL"
      body      = "The connector does not get on: nothing is lost while the stream keeps its records (${var.stream_retention_in_hours} hours)."
    }
    stream-throttled = {
      namespace = "oci_streaming"
      query     = "PutMessagesThrottling.Count[5m]{resourceId = \"${oci_streaming_stream.records.id}\"}.sum() > 0"
      severity  = "WARNING"
      body      = "A partition gets more than 1 MB/s: ingest tries again, and tells callers what was not taken. Spread the keys, or make a stream with more partitions."
    }
    stream-faults = {
      namespace = "oci_streaming"
      query     = "PutMessagesFault.Count[5m]{resourceId = \"${oci_streaming_stream.records.id}\"}.sum() > 0"
      severity  = "WARNING"
      body      = "Streaming failed to take records: ingest tries again, and tells callers what was not taken."
    }
    }, {
    for name, id in local.function_ids : "${name}-errors" => {
      namespace = "oci_faas"
      query     = "FunctionResponseCount[5m]{resourceId = \"${id}\", responseType = \"Error\"}.sum() > 0"
      severity  = "CRITICAL"
      body      = "Calls of ${name} failed: the causes are in its log, in lines with the level ERROR."
    }
    }, {
    for name, id in local.function_ids : "${name}-throttled" => {
      namespace = "oci_faas"
      query     = "FunctionResponseCount[5m]{resourceId = \"${id}\", responseType = \"Throttled\"}.sum() > 0"
      severity  = "WARNING"
      body      = "Calls of ${name} were refused (429): the tenancy's memory for functions that run at a time is used up. Ask for a higher limit."
    }
  })
}

resource "oci_monitoring_alarm" "service" {
  for_each = local.alarms

  compartment_id        = var.compartment_id
  metric_compartment_id = var.compartment_id
  display_name          = "${var.prefix}-${each.key}"
  namespace             = each.value.namespace
  query                 = each.value.query
  severity              = each.value.severity
  body                  = each.value.body
  destinations          = [oci_ons_notification_topic.alarms.id]
  is_enabled            = true
  freeform_tags         = var.freeform_tags
}
