output "ingest_url" {
  description = "URL that producers send records to."
  value       = "${oci_apigateway_deployment.ingest.endpoint}/records"
}

output "curl" {
  description = "Command that sends one record. TOKEN is a token from your issuer."
  value       = "curl --fail-with-body --request POST --header \"Authorization: Bearer $TOKEN\" --header 'Content-Type: application/json' --data-binary @record.json '${oci_apigateway_deployment.ingest.endpoint}/records'"
}

output "source_url" {
  description = "URL that the connector writes to and curate reads from."
  value       = local.source_url
}

output "lake_url" {
  description = "URL of the lake."
  value       = local.lake_url
}

output "curate_command" {
  description = "Command that curates objects whose events were lost. Objects that have a receipt are skipped."
  value       = "bronzeworks curate '${local.source_url}' --lake '${local.lake_url}' --schema '${var.table_schema}'"
}

output "image_repositories" {
  description = "Where deploy/oci/images pushes to."
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
  description = "OCIDs of the functions, for `oci fn function invoke`."
  value       = local.function_ids
}

output "log_group_id" {
  description = "OCID of the log group."
  value       = oci_logging_log_group.bronzeworks.id
}

output "alarm_topic_id" {
  description = "OCID of the alarm topic, for more subscriptions."
  value       = oci_ons_notification_topic.alarms.id
}
