# Tests what Terraform would create from terraform.tfvars.example, with a stub of the provider. deploy/oci/check runs this.

mock_provider "oci" {
  mock_data "oci_objectstorage_namespace" {
    defaults = { namespace = "bronzeworks" }
  }
  mock_resource "oci_functions_function" {
    defaults = { id = "ocid1.fnfunc.oc1..function" }
  }
  mock_resource "oci_streaming_stream" {
    defaults = { id = "ocid1.stream.oc1..records", messages_endpoint = "https://cell-1.streaming.uk-london-1.oci.oraclecloud.com" }
  }
  mock_resource "oci_apigateway_deployment" {
    defaults = { endpoint = "https://gateway.example.com/v1" }
  }
}

mock_provider "oci" {
  alias = "home"
}

# The guide's first step: create the repositories and print their location, before there are images.
run "the_repositories_first" {
  plan_options {
    target = [oci_artifacts_container_repository.functions, data.oci_objectstorage_namespace.tenancy]
  }

  assert {
    condition     = output.image_repositories == "lhr.ocir.io/bronzeworks/bronzeworks"
    error_message = "deploy/oci/images would push to another location: ${output.image_repositories}"
  }
}

run "the_example" {
  assert {
    condition     = oci_functions_function.curate.image == "lhr.ocir.io/bronzeworks/bronzeworks/curate:0.1.0"
    error_message = "The image is not what deploy/oci/images pushes: ${oci_functions_function.curate.image}"
  }

  assert {
    condition = oci_functions_function.curate.config == tomap({
      SOURCE_URL   = "oci://bronze@bronzeworks/"
      LAKE_URL     = "oci://lake@bronzeworks/journal"
      TABLE_SCHEMA = "lake"
    })
    error_message = "The settings of curate differ."
  }

  assert {
    condition = oci_functions_function.ingest.config == tomap({
      STREAM_ID       = "ocid1.stream.oc1..records"
      STREAM_ENDPOINT = "https://cell-1.streaming.uk-london-1.oci.oraclecloud.com"
      KEY             = "pointer:/data/journal_external_reference"
      ENVELOPE        = "none"
      TABLE_SCHEMA    = "none"
      ORDER           = "key"
    })
    error_message = "The settings of ingest differ."
  }

  assert {
    condition     = oci_objectstorage_bucket.bronze.object_events_enabled && oci_events_rule.curate.is_enabled
    error_message = "Nothing invokes curate."
  }

  assert {
    condition     = jsondecode(oci_events_rule.curate.condition).data.additionalDetails.bucketName == "bronze"
    error_message = "The rule for curate matches another bucket."
  }

  assert {
    condition     = jsondecode(oci_events_rule.quarantine.condition).data.additionalDetails.bucketName == "lake"
    error_message = "The rule for the quarantine matches another bucket."
  }

  assert {
    condition     = oci_apigateway_deployment.ingest.specification[0].request_policies[0].authentication[0].type == "JWT_AUTHENTICATION"
    error_message = "Callers are not authenticated."
  }

  assert {
    condition     = length(oci_identity_policy.keys) == 0
    error_message = "There are policies for keys that do not exist."
  }

  assert {
    condition     = length(oci_objectstorage_object_lifecycle_policy.bronze) == 0 && length(oci_identity_policy.lifecycle.statements) == 1
    error_message = "Object Storage may delete bronze objects, although nobody asked for that."
  }

  assert {
    condition     = alltrue([for statement in oci_identity_policy.connector.statements : !strcontains(statement, "OBJECT_") || strcontains(statement, " to {OBJECT_CREATE} ")])
    error_message = "The connector may do more with bronze objects than create them."
  }

  assert {
    condition     = toset(oci_identity_policy.gateway.statements) == toset(["Allow any-user to {FN_FUNCTION_READ, FN_INVOCATION} in compartment id ocid1.compartment.oc1..aaaa where all {request.principal.type = 'ApiGateway', request.resource.compartment.id = 'ocid1.compartment.oc1..aaaa', target.function.id = '${oci_functions_function.ingest.id}'}"])
    error_message = "The gateway may do more than invoke ingest."
  }

  assert {
    condition     = !oci_functions_application.bronzeworks.image_policy_config[0].is_policy_enabled && length(oci_identity_policy.signatures) == 0
    error_message = "Images must be signed, although there is no key."
  }

  assert {
    condition     = length(oci_apigateway_deployment.ingest.specification[0].request_policies[0].usage_plans) == 0
    error_message = "Only producers that are listed are accepted, although none is listed."
  }

  assert {
    condition     = output.curl == "curl --fail-with-body --request POST --header \"Authorization: Bearer $TOKEN\" --header 'Content-Type: application/json' --data-binary @record.json 'https://gateway.example.com/v1/records'"
    error_message = "The command differs from the one in the guide: ${output.curl}"
  }
}

run "with_everything" {
  variables {
    stream_pool_subnet_id          = "ocid1.subnet.oc1.uk-london-1.private"
    stream_kms_key_id              = "ocid1.key.oc1..stream"
    bucket_kms_key_id              = "ocid1.key.oc1..bucket"
    kms_compartment_id             = "ocid1.compartment.oc1..keys"
    bronze_retention_days          = 30
    lake_versioning                = true
    function_shape                 = "GENERIC_ARM"
    ingest_provisioned_concurrency = 20
    gateway_is_private             = true
    table_schema                   = "oci://lake@bronzeworks/schemas/readings.json"
    curate_config                  = { LOG_LEVEL = "debug" }
    alarm_email                    = "you@example.com"
    token_scopes                   = ["records.write"]
    connector_uploads_in_parts     = true
    bronze_lifecycle               = { action = "DELETE", days = 365 }
    image_signing_key_ids          = ["ocid1.key.oc1..signing"]
    image_digests                  = { curate = "sha256:${join("", [for _ in range(64) : "a"])}" }
    producers                      = { till = { claim = "till-1", requests_per_second = 20 }, shop = { claim = "shop-7", requests_per_second = 5 } }
  }

  assert {
    condition     = length([for statement in oci_identity_policy.connector.statements : statement if strcontains(statement, " to {OBJECT_OVERWRITE} ")]) == 1
    error_message = "The connector may not upload in parts."
  }

  assert {
    condition     = { for rule in oci_objectstorage_object_lifecycle_policy.bronze[0].rules : rule.name => "${rule.action} ${rule.target} ${rule.time_amount}" } == { old-objects = "DELETE objects 365", uncommitted-uploads = "ABORT multipart-uploads 1" }
    error_message = "The bronze bucket's lifecycle rules differ."
  }

  assert {
    condition     = oci_functions_application.bronzeworks.image_policy_config[0].is_policy_enabled && oci_functions_application.bronzeworks.image_policy_config[0].key_details[0].kms_key_id == "ocid1.key.oc1..signing"
    error_message = "Images need not be signed with the key."
  }

  assert {
    condition     = length(oci_identity_policy.signatures[0].statements) == 3
    error_message = "Functions may not verify signatures."
  }

  assert {
    condition     = startswith(oci_functions_function.curate.image_digest, "sha256:aaaa")
    error_message = "curate is not pinned to its digest."
  }

  assert {
    condition     = oci_apigateway_deployment.ingest.specification[0].request_policies[0].usage_plans[0].token_locations == tolist(["request.auth[sub]"])
    error_message = "Requests are not assigned to producers by the claims of their tokens."
  }

  assert {
    condition     = oci_apigateway_usage_plan.producer["till"].entitlements[0].rate_limit[0].value == 20 && oci_apigateway_subscriber.producer["shop"].clients[0].token == "shop-7"
    error_message = "The producers' limits differ."
  }

  assert {
    condition     = oci_streaming_stream_pool.pool.private_endpoint_settings[0].subnet_id == "ocid1.subnet.oc1.uk-london-1.private"
    error_message = "The pool is not private."
  }

  assert {
    condition = toset(oci_identity_policy.keys[0].statements) == toset([
      "Allow service streaming to use keys in compartment id ocid1.compartment.oc1..keys where target.key.id = 'ocid1.key.oc1..stream'",
      "Allow service objectstorage-uk-london-1 to use keys in compartment id ocid1.compartment.oc1..keys where target.key.id = 'ocid1.key.oc1..bucket'",
    ])
    error_message = "The services may not use the keys."
  }

  assert {
    condition     = oci_objectstorage_bucket.bronze.retention_rules[0].duration[0].time_amount == "30"
    error_message = "Bronze objects can be deleted."
  }

  assert {
    condition     = length([for statement in oci_identity_policy.functions.statements : statement if endswith(statement, "where all {target.bucket.name = 'lake', target.object.name = 'schemas/readings.json'}")]) == 1
    error_message = "curate may not read the schema."
  }

  assert {
    condition     = oci_functions_function.curate.config["LOG_LEVEL"] == "debug"
    error_message = "Additional settings are missing."
  }

  assert {
    condition     = oci_functions_function.ingest.provisioned_concurrency_config[0].count == 20
    error_message = "No unit is kept warm."
  }

  assert {
    condition     = oci_apigateway_deployment.ingest.specification[0].routes[0].request_policies[0].authorization[0].type == "ANY_OF"
    error_message = "The scope of a token is not checked."
  }
}

run "with_tokens_that_only_the_issuer_can_read" {
  variables {
    authentication         = "TOKEN_AUTHENTICATION"
    jwks_uri               = null
    token_discovery_uri    = "https://issuer.example.com/.well-known/openid-configuration"
    token_client_id        = "gateway"
    token_client_secret_id = "ocid1.vaultsecret.oc1..secret"
  }

  assert {
    condition     = oci_apigateway_deployment.ingest.specification[0].request_policies[0].authentication[0].validation_policy[0].client_details[0].client_id == "gateway"
    error_message = "The issuer is not asked."
  }

  assert {
    condition     = length(oci_apigateway_deployment.ingest.specification[0].request_policies[0].authentication[0].public_keys) == 0
    error_message = "Public keys are configured, although there are none."
  }

  assert {
    condition     = length(oci_identity_policy.gateway.statements) == 2
    error_message = "The gateway may not read the client's secret."
  }
}
