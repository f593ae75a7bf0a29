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
