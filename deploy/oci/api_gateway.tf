resource "oci_apigateway_gateway" "ingest" {
  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-ingest"
  endpoint_type  = var.gateway_is_private ? "PRIVATE" : "PUBLIC"
  subnet_id      = var.gateway_subnet_id
  freeform_tags  = var.freeform_tags
}

resource "oci_apigateway_deployment" "ingest" {
  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-ingest"
  gateway_id     = oci_apigateway_gateway.ingest.id
  path_prefix    = "/v1"
  freeform_tags  = var.freeform_tags

  specification {
    request_policies {
      authentication {
        type                        = var.authentication
        token_header                = "Authorization"
        token_auth_scheme           = "Bearer"
        is_anonymous_access_allowed = false
        issuers                     = var.authentication == "JWT_AUTHENTICATION" ? var.token_issuers : null
        audiences                   = var.authentication == "JWT_AUTHENTICATION" ? var.token_audiences : null
        max_clock_skew_in_seconds   = var.authentication == "JWT_AUTHENTICATION" ? 60 : null

        dynamic "public_keys" {
          for_each = var.jwks_uri[*]
          content {
            type                        = "REMOTE_JWKS"
            uri                         = public_keys.value
            max_cache_duration_in_hours = 1
          }
        }

        dynamic "validation_policy" {
          for_each = var.token_discovery_uri[*]
          content {
            type                        = "REMOTE_DISCOVERY"
            max_cache_duration_in_hours = 1

            source_uri_details {
              type = "DISCOVERY_URI"
              uri  = validation_policy.value
            }

            client_details {
              type                         = "CUSTOM"
              client_id                    = var.token_client_id
              client_secret_id             = var.token_client_secret_id
              client_secret_version_number = tostring(var.token_client_secret_version)
            }

            additional_validation_policy {
              issuers   = var.token_issuers
              audiences = var.token_audiences
            }
          }
        }
      }

      # One limit for each producer in `producers`. Its name is in its token, which the gateway has verified, and never in the URL, which is
      # logged.
      dynamic "usage_plans" {
        for_each = length(var.producers) > 0 ? [var.producer_claim] : []
        content {
          token_locations = ["request.auth[${usage_plans.value}]"]
        }
      }

      # One limit for all of them together, or for each address.
      rate_limiting {
        rate_in_requests_per_second = var.rate_limit_in_requests_per_second
        rate_key                    = var.rate_limit_key
      }
    }

    routes {
      path    = "/records"
      methods = ["POST"]

      backend {
        type        = "ORACLE_FUNCTIONS_BACKEND"
        function_id = oci_functions_function.ingest.id
      }

      request_policies {
        authorization {
          type          = length(var.token_scopes) > 0 ? "ANY_OF" : "AUTHENTICATION_ONLY"
          allowed_scope = length(var.token_scopes) > 0 ? var.token_scopes : null
        }
      }
    }
  }

  depends_on = [oci_identity_policy.gateway]
}

# A producer's own limit: a usage plan of its own, with a subscriber whose "client token" is the value of the claim. That value is a name and no
# secret: https://docs.oracle.com/en-us/iaas/Content/APIGateway/Tasks/apigatewaydefiningusageplans_topic-Creating-a-subscriber.htm
resource "oci_apigateway_usage_plan" "producer" {
  for_each = var.producers

  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-${each.key}"
  freeform_tags  = var.freeform_tags

  entitlements {
    name = "records"

    rate_limit {
      unit  = "SECOND"
      value = each.value.requests_per_second
    }

    targets {
      deployment_id = oci_apigateway_deployment.ingest.id
    }
  }
}

resource "oci_apigateway_subscriber" "producer" {
  for_each = var.producers

  compartment_id = var.compartment_id
  display_name   = "${var.prefix}-${each.key}"
  usage_plans    = [oci_apigateway_usage_plan.producer[each.key].id]
  freeform_tags  = var.freeform_tags

  clients {
    name  = each.key
    token = each.value.claim
  }
}
