resource "oci_logging_log_group" "bronzeworks" {
  compartment_id = var.compartment_id
  display_name   = var.prefix
  freeform_tags  = var.freeform_tags
}

locals {
  # The names under which the Logging service knows each service and its log.
  logs = merge({
    functions         = { service = "functions", category = "invoke", resource = oci_functions_application.bronzeworks.id }
    gateway-access    = { service = "apigateway", category = "access", resource = oci_apigateway_deployment.ingest.id }
    gateway-execution = { service = "apigateway", category = "execution", resource = oci_apigateway_deployment.ingest.id }
    events            = { service = "cloudevents", category = "ruleexecutionlog", resource = oci_events_rule.curate.id }
    }, {
    for service in var.connector_log_service[*] :
    "connector" => { service = service, category = "runlog", resource = oci_sch_service_connector.bronze.id }
  })
}

resource "oci_logging_log" "service" {
  for_each = local.logs

  display_name       = each.key
  log_group_id       = oci_logging_log_group.bronzeworks.id
  log_type           = "SERVICE"
  is_enabled         = true
  retention_duration = var.log_retention_in_days
  freeform_tags      = var.freeform_tags

  configuration {
    compartment_id = var.compartment_id

    source {
      source_type = "OCISERVICE"
      service     = each.value.service
      category    = each.value.category
      resource    = each.value.resource
    }
  }
}
