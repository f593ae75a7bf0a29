output "ingest_url" {
  description = "Where producers send their records to."
  value       = "${oci_apigateway_deployment.ingest.endpoint}/records"
}

output "curl" {
  description = "Sends one record; TOKEN is one of the issuer's."
  value       = "curl --fail-with-body --request POST --header \"Authorization: Bearer $TOKEN\" --header 'Content-Type: application/json' --data-binary @record.json '${oci_apigateway_deployment.ingest.endpoint}/records'"
}

output "source_url" {
  description = "Where the connector lands the stream, as curate reads it."
  value       = local.source_url
}

output "lake_url" {
  description = "The table, as curate writes it."
  value       = local.lake_url
}

output "curate_command" {
  description = "Curates with the command line what events have missed; what has a receipt is left alone."
  value       = "curate '${local.source_url}' --lake '${local.lake_url}' --schema '${var.table_schema}'"
}

output "image_repositories" {
  description = "What deploy/oci/images is to push to."
  value       = local.registry
}

output "stream_id" {
  description = "OCID of the stream."
  value       = oci_streaming_stream.records.id
}

output "stream_endpoint" {
  description = "The stream's own endpoint for messages."
  value       = oci_streaming_stream.records.messages_endpoint
}

output "function_ids" {
  description = "OCIDs of the functions, as `oci fn function invoke` takes them."
  value       = local.function_ids
}

output "log_group_id" {
  description = "OCID of the group of all logs."
  value       = oci_logging_log_group.bronzeworks.id
}

output "alarm_topic_id" {
  description = "OCID of the topic of alarms, for further subscriptions."
  value       = oci_ons_notification_topic.alarms.id
}
