# Least privilege: each function has its own dynamic group, which matches the function's OCID.

locals {
  in_compartment     = "in compartment id ${var.compartment_id}"
  kms_compartment_id = coalesce(var.kms_compartment_id, var.compartment_id)
  in_kms_compartment = "in compartment id ${local.kms_compartment_id}"

  # Bucket and name of the schema file, if table_schema is a URL.
  schema_file = try(regex("^oci://(?P<bucket>[^@/]+)@[^/]+/(?P<name>.+)$", var.table_schema), null)
  read_schema = local.schema_file == null ? [] : [
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to read objects ${local.in_compartment} where all {target.bucket.name = '${local.schema_file.bucket}', target.object.name = '${local.schema_file.name}'}"
  ]
}

resource "oci_identity_dynamic_group" "curate" {
  provider       = oci.home
  compartment_id = var.tenancy_id
  name           = "${var.prefix}-curate"
  description    = "The curate function of ${var.prefix}."
  matching_rule  = "resource.id = '${oci_functions_function.curate.id}'"
  freeform_tags  = var.freeform_tags
}

resource "oci_identity_dynamic_group" "ingest" {
  provider       = oci.home
  compartment_id = var.tenancy_id
  name           = "${var.prefix}-ingest"
  description    = "The ingest function of ${var.prefix}."
  matching_rule  = "resource.id = '${oci_functions_function.ingest.id}'"
  freeform_tags  = var.freeform_tags
}

resource "oci_identity_policy" "functions" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-functions"
  description    = "What the functions of ${var.prefix} may do."
  freeform_tags  = var.freeform_tags

  statements = concat([
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to read objects ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.bronze.name}'",
    # Deletes the outputs of a replaced object, and abandoned uploads.
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to manage objects ${local.in_compartment} where all {target.bucket.name = '${oci_objectstorage_bucket.lake.name}', any {request.permission = 'OBJECT_INSPECT', request.permission = 'OBJECT_READ', request.permission = 'OBJECT_CREATE', request.permission = 'OBJECT_OVERWRITE', request.permission = 'OBJECT_DELETE'}}",
    # Committing a multipart upload requires BUCKET_READ.
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to read buckets ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.lake.name}'",
    "Allow dynamic-group ${oci_identity_dynamic_group.ingest.name} to use stream-push ${local.in_compartment} where target.stream.id = '${oci_streaming_stream.records.id}'",
  ], local.read_schema)
}

resource "oci_identity_policy" "connector" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-connector"
  description    = "What connectors of the compartment may do with the stream and the bronze bucket of ${var.prefix}."
  freeform_tags  = var.freeform_tags

  statements = [
    "Allow any-user to {STREAM_READ, STREAM_CONSUME} ${local.in_compartment} where all {request.principal.type = 'serviceconnector', target.stream.id = '${oci_streaming_stream.records.id}', request.principal.compartment.id = '${var.compartment_id}'}",
    "Allow any-user to manage objects ${local.in_compartment} where all {request.principal.type = 'serviceconnector', target.bucket.name = '${oci_objectstorage_bucket.bronze.name}', request.principal.compartment.id = '${var.compartment_id}'}",
  ]
}

# Without this policy, the gateway responds with 500 and does not say why.
resource "oci_identity_policy" "gateway" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-gateway"
  description    = "Lets API gateways of the compartment invoke its functions."
  freeform_tags  = var.freeform_tags

  statements = concat([
    "Allow any-user to use functions-family ${local.in_compartment} where all {request.principal.type = 'ApiGateway', request.resource.compartment.id = '${var.compartment_id}'}",
    ], [
    for secret in var.token_client_secret_id[*] :
    "Allow any-user to read secret-bundles ${local.in_kms_compartment} where all {request.principal.type = 'ApiGateway', request.resource.compartment.id = '${var.compartment_id}', target.secret.id = '${secret}'}"
  ])
}

resource "oci_identity_policy" "lifecycle" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-lifecycle"
  description    = "Lets Object Storage abort uploads that were never committed."
  freeform_tags  = var.freeform_tags

  statements = [
    "Allow service objectstorage-${var.region} to manage object-family ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.lake.name}'",
  ]
}

# The user who runs Terraform needs `use key-delegate` on the same keys.
resource "oci_identity_policy" "keys" {
  provider       = oci.home
  count          = var.stream_kms_key_id == null && var.bucket_kms_key_id == null ? 0 : 1
  compartment_id = local.kms_compartment_id
  name           = "${var.prefix}-keys"
  description    = "Lets Streaming and Object Storage use the keys of ${var.prefix}."
  freeform_tags  = var.freeform_tags

  statements = concat(
    [for key in var.stream_kms_key_id[*] : "Allow service streaming to use keys ${local.in_kms_compartment} where target.key.id = '${key}'"],
    [for key in var.bucket_kms_key_id[*] : "Allow service objectstorage-${var.region} to use keys ${local.in_kms_compartment} where target.key.id = '${key}'"],
  )
}
