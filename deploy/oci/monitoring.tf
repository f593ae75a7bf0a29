resource "oci_ons_notification_topic" "alarms" {
  compartment_id = var.compartment_id
  name           = "${var.prefix}-alarms"
  description    = "Alarms of ${var.prefix}, and bronze objects with lines in quarantine."
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

  # The services' metric references list the names that the queries use.
  alarms = merge({
    deliveries = {
      namespace = "oci_cloudevents"
      query     = "DeliveryFailedEvents[5m]{resourceId = \"${oci_events_rule.curate.id}\"}.sum() > 0"
      severity  = "CRITICAL"
      body      = "Events did not reach curate. Read its log, then curate the missing objects with the command line; objects that are already curated are skipped."
    }
    connector = {
      namespace = "oci_service_connector_hub"
      query     = "ServiceConnectorHubErrors[5m]{connectorId = \"${oci_sch_service_connector.bronze.id}\"}.sum() > 0"
      severity  = "CRITICAL"
      body      = "The connector reports errors. Nothing is lost as long as the stream keeps its records (${var.stream_retention_in_hours} hours). If its log says that it may not write to the bucket, see connector_uploads_in_parts."
    }
    stream-throttled = {
      namespace = "oci_streaming"
      query     = "PutMessagesThrottling.Count[5m]{resourceId = \"${oci_streaming_stream.records.id}\"}.sum() > 0"
      severity  = "WARNING"
      body      = "A partition receives more than 1 MB/s. ingest retries and reports records that were not stored to its callers. Spread the keys, or create a stream with more partitions."
    }
    stream-faults = {
      namespace = "oci_streaming"
      query     = "PutMessagesFault.Count[5m]{resourceId = \"${oci_streaming_stream.records.id}\"}.sum() > 0"
      severity  = "WARNING"
      body      = "Streaming failed to store records. ingest retries and reports records that were not stored to its callers."
    }
    }, {
    for name, id in local.function_ids : "${name}-errors" => {
      namespace = "oci_faas"
      query     = "FunctionResponseCount[5m]{resourceId = \"${id}\", responseType = \"Error\"}.sum() > 0"
      severity  = "CRITICAL"
      body      = "Invocations of ${name} failed. The causes are in its log, in lines with level ERROR."
    }
    }, {
    for name, id in local.function_ids : "${name}-throttled" => {
      namespace = "oci_faas"
      query     = "FunctionResponseCount[5m]{resourceId = \"${id}\", responseType = \"Throttled\"}.sum() > 0"
      severity  = "WARNING"
      body      = "Invocations of ${name} were throttled (429): the tenancy's memory limit for concurrent functions is exhausted. Request a higher limit."
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
