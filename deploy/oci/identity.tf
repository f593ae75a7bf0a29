# Least privilege: every statement names the permissions and the bucket, stream, function or key that they are for. The comment above a
# statement says why it is needed. deploy/oci/check compares the guide's table of permissions with this file.
#
# Which operation needs which permission: https://docs.oracle.com/en-us/iaas/Content/Identity/policyreference/objectstoragepolicyreference.htm
# and functionspolicyreference.htm next to it.

locals {
  in_compartment     = "in compartment id ${var.compartment_id}"
  kms_compartment_id = coalesce(var.kms_compartment_id, var.compartment_id)
  in_kms_compartment = "in compartment id ${local.kms_compartment_id}"

  # Bucket and name of the schema file, if table_schema is a URL.
  schema_file = try(regex("^oci://(?P<bucket>[^@/]+)@[^/]+/(?P<name>.+)$", var.table_schema), null)
}

# Each function has its own dynamic group, which matches the function's OCID.
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
    # Reads the objects that events name, and never lists the bucket.
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to {OBJECT_READ} ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.bronze.name}'",
    # Lists and reads receipts, writes its output, in parts if it is large, and deletes the output of an object that was replaced. An upload in
    # parts needs `OBJECT_OVERWRITE` even if the name is new.
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to {OBJECT_INSPECT, OBJECT_READ, OBJECT_CREATE, OBJECT_OVERWRITE, OBJECT_DELETE} ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.lake.name}'",
    # Commits uploads in parts.
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to {BUCKET_READ} ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.lake.name}'",
    # Puts records on the stream, and cannot read them.
    "Allow dynamic-group ${oci_identity_dynamic_group.ingest.name} to use stream-push ${local.in_compartment} where target.stream.id = '${oci_streaming_stream.records.id}'",
    ], [
    for file in local.schema_file[*] :
    # Reads the schema, if `table_schema` is a URL.
    "Allow dynamic-group ${oci_identity_dynamic_group.curate.name} to {OBJECT_READ} ${local.in_compartment} where all {target.bucket.name = '${file.bucket}', target.object.name = '${file.name}'}"
  ])
}

resource "oci_identity_policy" "connector" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-connector"
  description    = "What connectors of the compartment may do with the stream and the bronze bucket of ${var.prefix}."
  freeform_tags  = var.freeform_tags

  statements = concat([
    # Reads the records, and cannot put any.
    "Allow any-user to {STREAM_READ, STREAM_CONSUME} ${local.in_compartment} where all {request.principal.type = 'serviceconnector', target.stream.id = '${oci_streaming_stream.records.id}', request.principal.compartment.id = '${var.compartment_id}'}",
    # Creates bronze objects. It cannot read, overwrite or delete any.
    "Allow any-user to {OBJECT_CREATE} ${local.in_compartment} where all {request.principal.type = 'serviceconnector', target.bucket.name = '${oci_objectstorage_bucket.bronze.name}', request.principal.compartment.id = '${var.compartment_id}'}",
    ], [
    for permission in var.connector_uploads_in_parts ? ["OBJECT_OVERWRITE"] : [] :
    # An upload in parts needs it even if the name is new. Only with `connector_uploads_in_parts`, which requires retention or versioning.
    "Allow any-user to {${permission}} ${local.in_compartment} where all {request.principal.type = 'serviceconnector', target.bucket.name = '${oci_objectstorage_bucket.bronze.name}', request.principal.compartment.id = '${var.compartment_id}'}"
  ])
}

# Without this policy, the gateway responds with 500 and does not say why.
resource "oci_identity_policy" "gateway" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-gateway"
  description    = "Lets API gateways of the compartment invoke ingest."
  freeform_tags  = var.freeform_tags

  statements = concat([
    # Invokes ingest, and no other function of the compartment.
    "Allow any-user to {FN_FUNCTION_READ, FN_INVOCATION} ${local.in_compartment} where all {request.principal.type = 'ApiGateway', request.resource.compartment.id = '${var.compartment_id}', target.function.id = '${oci_functions_function.ingest.id}'}",
    ], [
    for secret in var.token_client_secret_id[*] :
    # Reads the password with which it asks the issuer about tokens, with `TOKEN_AUTHENTICATION`.
    "Allow any-user to read secret-bundles ${local.in_kms_compartment} where all {request.principal.type = 'ApiGateway', request.resource.compartment.id = '${var.compartment_id}', target.secret.id = '${secret}'}"
  ])
}

# Nobody asks Object Storage to do this: it acts on its own, by the buckets' lifecycle rules.
resource "oci_identity_policy" "lifecycle" {
  provider       = oci.home
  compartment_id = var.compartment_id
  name           = "${var.prefix}-lifecycle"
  description    = "Lets Object Storage follow the lifecycle rules of ${var.prefix}."
  freeform_tags  = var.freeform_tags

  statements = concat([
    # Aborts uploads that were never committed.
    "Allow service objectstorage-${var.region} to {BUCKET_INSPECT, BUCKET_READ, OBJECT_INSPECT, OBJECT_DELETE} ${local.in_compartment} where target.bucket.name = '${oci_objectstorage_bucket.lake.name}'",
    ], [
    for bucket in local.bronze_has_lifecycle ? [oci_objectstorage_bucket.bronze.name] : [] :
    # Moves or deletes old objects and aborts uploads, with `bronze_lifecycle` or `connector_uploads_in_parts`.
    "Allow service objectstorage-${var.region} to {BUCKET_INSPECT, BUCKET_READ, OBJECT_INSPECT, OBJECT_UPDATE_TIER, OBJECT_DELETE} ${local.in_compartment} where target.bucket.name = '${bucket}'"
  ])
}

# The user who runs Terraform needs `use key-delegate` on the same keys.
resource "oci_identity_policy" "keys" {
  provider       = oci.home
  count          = var.stream_kms_key_id == null && var.bucket_kms_key_id == null ? 0 : 1
  compartment_id = local.kms_compartment_id
  name           = "${var.prefix}-keys"
  description    = "Lets Streaming and Object Storage use the keys of ${var.prefix}."
  freeform_tags  = var.freeform_tags

  statements = concat([
    for key in var.stream_kms_key_id[*] :
    # Encrypts the stream, with `stream_kms_key_id`.
    "Allow service streaming to use keys ${local.in_kms_compartment} where target.key.id = '${key}'"
    ], [
    for key in var.bucket_kms_key_id[*] :
    # Encrypts both buckets, with `bucket_kms_key_id`.
    "Allow service objectstorage-${var.region} to use keys ${local.in_kms_compartment} where target.key.id = '${key}'"
  ])
}

# https://docs.oracle.com/en-us/iaas/Content/Functions/Tasks/functionsenforcingsignedimagesfromocir.htm
resource "oci_identity_policy" "signatures" {
  provider       = oci.home
  count          = length(var.image_signing_key_ids) > 0 ? 1 : 0
  compartment_id = var.tenancy_id
  name           = "${var.prefix}-signatures"
  description    = "Lets Functions verify the signatures of the images of ${var.prefix}."
  freeform_tags  = var.freeform_tags

  statements = concat([
    # Reads the images' signatures, with `image_signing_key_ids`.
    "Allow service faas to read repos ${local.in_compartment} where request.operation = 'ListContainerImageSignatures'",
    ], [
    for key in var.image_signing_key_ids :
    # Reads the version of the key that signed an image.
    "Allow service faas to {KEY_READ} ${local.in_kms_compartment} where all {request.operation = 'GetKeyVersion', target.key.id = '${key}'}"
    ], [
    for key in var.image_signing_key_ids :
    # Verifies a signature. It cannot sign.
    "Allow service faas to {KEY_VERIFY} ${local.in_kms_compartment} where all {request.operation = 'Verify', target.key.id = '${key}'}"
  ])
}
