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
