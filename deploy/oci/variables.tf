# Location

variable "tenancy_id" {
  description = "OCID of the tenancy, which dynamic groups belong to."
  type        = string

  validation {
    condition     = startswith(var.tenancy_id, "ocid1.tenancy.")
    error_message = "Expected an OCID that begins with ocid1.tenancy."
  }
}

variable "compartment_id" {
  description = "OCID of the compartment to create everything in."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.(compartment|tenancy)\\.", var.compartment_id))
    error_message = "Expected an OCID that begins with ocid1.compartment."
  }
}

variable "region" {
  description = "Region to create everything in, for example uk-london-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "Expected a region's identifier, such as uk-london-1."
  }
}

variable "home_region" {
  description = "Home region of the tenancy, for dynamic groups and policies; often the same as region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.home_region))
    error_message = "Expected a region's identifier, such as uk-london-1."
  }
}

variable "prefix" {
  description = "Prefix of the names of everything except the buckets."
  type        = string
  default     = "bronzeworks"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.prefix))
    error_message = "Expected at most 31 lowercase letters, digits and hyphens, starting with a letter: it is part of image names."
  }
}

variable "freeform_tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

# Network

variable "function_subnet_ids" {
  description = "OCIDs of one to three subnets for the functions. They need a route to Object Storage and Streaming, such as a service gateway."
  type        = list(string)

  validation {
    condition     = length(var.function_subnet_ids) >= 1 && length(var.function_subnet_ids) <= 3 && alltrue([for id in var.function_subnet_ids : startswith(id, "ocid1.subnet.")])
    error_message = "Expected one to three OCIDs that begin with ocid1.subnet."
  }
}

variable "function_network_security_group_ids" {
  description = "OCIDs of network security groups for the functions."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.function_network_security_group_ids : startswith(id, "ocid1.networksecuritygroup.")])
    error_message = "Expected OCIDs that begin with ocid1.networksecuritygroup."
  }
}

variable "gateway_subnet_id" {
  description = "OCID of the API gateway's subnet, a public one if the gateway is public. It must allow ingress on TCP port 443."
  type        = string

  validation {
    condition     = startswith(var.gateway_subnet_id, "ocid1.subnet.")
    error_message = "Expected an OCID that begins with ocid1.subnet."
  }
}

variable "gateway_is_private" {
  description = "Whether the API gateway is reachable only from its own network."
  type        = bool
  default     = false
}

variable "stream_pool_subnet_id" {
  description = "OCID of the only subnet that can reach the stream; null for a public endpoint. The functions and the connector must then be able to reach that subnet: see the guide Deploy on OCI."
  type        = string
  default     = null

  validation {
    condition     = var.stream_pool_subnet_id == null ? true : startswith(var.stream_pool_subnet_id, "ocid1.subnet.")
    error_message = "Expected an OCID that begins with ocid1.subnet., or null."
  }
}

# Stream and connector

variable "stream_partitions" {
  description = "Partitions of the stream, fixed at creation. Each accepts 1 MB/s. Records with the same key stay in one partition."
  type        = number
  default     = 1

  validation {
    condition     = var.stream_partitions >= 1 && floor(var.stream_partitions) == var.stream_partitions
    error_message = "Expected a whole number, 1 or more."
  }
}

variable "stream_retention_in_hours" {
  description = "Hours that the stream keeps records, fixed at creation. It is the time you have to repair a stopped connector."
  type        = number
  default     = 168

  validation {
    condition     = var.stream_retention_in_hours >= 24 && var.stream_retention_in_hours <= 168
    error_message = "Expected 24 to 168."
  }
}

variable "stream_kms_key_id" {
  description = "OCID of your own key for the stream pool; null for Oracle's."
  type        = string
  default     = null

  validation {
    condition     = var.stream_kms_key_id == null ? true : startswith(var.stream_kms_key_id, "ocid1.key.")
    error_message = "Expected an OCID that begins with ocid1.key., or null."
  }
}

variable "connector_rollover_size_in_mbs" {
  description = "Size in megabytes at which the connector closes a bronze object; the service's default is 100."
  type        = number
  default     = 100

  validation {
    condition     = var.connector_rollover_size_in_mbs >= 1
    error_message = "Expected 1 or more."
  }
}

variable "connector_rollover_time_in_ms" {
  description = "Milliseconds after which the connector closes a bronze object. Records wait at most this long before curate sees them. The service's default is 420000."
  type        = number
  default     = 420000

  validation {
    condition     = var.connector_rollover_time_in_ms >= 60000
    error_message = "Expected 60000 or more: less would split the table into many small files."
  }
}

variable "connector_uploads_in_parts" {
  description = "Whether the connector may write a bronze object in several parts. Object Storage requires permission to overwrite for that, even if the name is new. Oracle does not document whether the connector uploads in parts: set this if its log says that it may not write."
  type        = bool
  default     = false

  validation {
    condition     = !var.connector_uploads_in_parts || var.bronze_retention_days > 0 || var.bronze_versioning
    error_message = "Expected bronze_retention_days or bronze_versioning with it: otherwise, the connector could overwrite bronze objects."
  }
}

variable "connector_log_service" {
  description = "Name of Connector Hub in the Logging service (see `oci logging service list`), for the log of the connector's runs; null for no such log."
  type        = string
  default     = "och"
  nullable    = true
}

# Buckets

variable "bronze_bucket" {
  description = "Name of the bucket that the connector writes to."
  type        = string
  default     = "bronze"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,256}$", var.bronze_bucket))
    error_message = "Expected letters, digits, hyphens, underscores and periods."
  }
}

variable "bronze_versioning" {
  description = "Whether the bronze bucket keeps previous versions of its objects."
  type        = bool
  default     = false
}

variable "bronze_retention_days" {
  description = "Days during which nobody can delete or replace a bronze object; 0 for no retention rule. Cannot be combined with versioning."
  type        = number
  default     = 0

  validation {
    condition     = var.bronze_retention_days >= 0 && floor(var.bronze_retention_days) == var.bronze_retention_days
    error_message = "Expected a whole number of days, or 0."
  }

  validation {
    condition     = var.bronze_retention_days == 0 || !var.bronze_versioning
    error_message = "Object Storage does not allow retention rules in buckets with versioning: choose one."
  }
}

variable "bronze_lifecycle" {
  description = "What happens to bronze objects after a number of days: { action = \"INFREQUENT_ACCESS\", \"ARCHIVE\" or \"DELETE\", days = … }; null to keep them as they are. An archived object must be restored before curate can read it again."
  type        = object({ action = string, days = number })
  default     = null

  validation {
    condition     = var.bronze_lifecycle == null ? true : contains(["INFREQUENT_ACCESS", "ARCHIVE", "DELETE"], var.bronze_lifecycle.action)
    error_message = "Expected the action INFREQUENT_ACCESS, ARCHIVE or DELETE."
  }

  validation {
    condition     = var.bronze_lifecycle == null ? true : var.bronze_lifecycle.days >= 1 && floor(var.bronze_lifecycle.days) == var.bronze_lifecycle.days
    error_message = "Expected a whole number of days, 1 or more."
  }

  validation {
    condition     = var.bronze_lifecycle == null ? true : var.bronze_lifecycle.action != "DELETE" || var.bronze_lifecycle.days > var.bronze_retention_days
    error_message = "Expected more days than bronze_retention_days: until then, nobody can delete a bronze object."
  }
}

variable "lake_bucket" {
  description = "Name of the lake's bucket. It has no retention rule, because curate replaces its output when an object is replaced."
  type        = string
  default     = "lake"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,256}$", var.lake_bucket))
    error_message = "Expected letters, digits, hyphens, underscores and periods."
  }

  validation {
    # Policies match bucket names regardless of case.
    condition     = lower(var.lake_bucket) != lower(var.bronze_bucket)
    error_message = "Expected a name that differs from bronze_bucket in more than case: writes to the lake must not invoke curate."
  }
}

variable "lake_folder" {
  description = "Folder of the table in the lake's bucket. One lake holds one table."
  type        = string
  default     = "journal"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.lake_folder)) && !can(regex("(^|/)[._]", var.lake_folder))
    error_message = "Expected names of letters, digits, hyphens, underscores and periods, separated by slashes; none may start with an underscore or a period."
  }
}

variable "lake_versioning" {
  description = "Whether the lake's bucket keeps previous versions of its objects."
  type        = bool
  default     = false
}

variable "bucket_kms_key_id" {
  description = "OCID of your own key for both buckets; null for Oracle's."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_kms_key_id == null ? true : startswith(var.bucket_kms_key_id, "ocid1.key.")
    error_message = "Expected an OCID that begins with ocid1.key., or null."
  }
}

variable "kms_compartment_id" {
  description = "OCID of the compartment of your keys and secrets; null for compartment_id."
  type        = string
  default     = null

  validation {
    condition     = var.kms_compartment_id == null ? true : can(regex("^ocid1\\.(compartment|tenancy)\\.", var.kms_compartment_id))
    error_message = "Expected an OCID that begins with ocid1.compartment., or null."
  }
}

# Functions

variable "image_registry" {
  description = "Host of the region's container registry, such as lhr.ocir.io for uk-london-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+$", var.image_registry))
    error_message = "Expected a host name, without https:// or a path."
  }
}

variable "image_version" {
  description = "Tag of both images, as pushed by deploy/oci/images."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_version)) && var.image_version != "latest"
    error_message = "Expected an image tag other than latest: functions would keep the image that they have."
  }
}

variable "image_digests" {
  description = "Digests of the images curate and ingest, as deploy/oci/images prints them, for example { curate = \"sha256:…\", ingest = \"sha256:…\" }. OCI then runs exactly these images; without digests, it runs whatever the tag refers to."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, digest in var.image_digests : contains(["curate", "ingest"], name) && can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "Expected sha256: and 64 hexadecimal digits for curate and ingest."
  }
}

variable "image_signing_key_ids" {
  description = "OCIDs of the keys, in kms_compartment_id, that images must be signed with; empty to accept unsigned images. Sign both images first: see the guide Deploy on OCI."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.image_signing_key_ids : startswith(id, "ocid1.key.")])
    error_message = "Expected OCIDs that begin with ocid1.key."
  }
}

variable "function_shape" {
  description = "Processors that the functions run on. GENERIC_X86_ARM uses whichever is available and needs images for both."
  type        = string
  default     = "GENERIC_X86"

  validation {
    condition     = contains(["GENERIC_X86", "GENERIC_ARM", "GENERIC_X86_ARM"], var.function_shape)
    error_message = "Expected GENERIC_X86, GENERIC_ARM or GENERIC_X86_ARM."
  }
}

variable "curate_memory_in_mbs" {
  description = "Memory of curate in MB. Its share of a CPU grows with it."
  type        = number
  default     = 512

  validation {
    condition     = contains([128, 256, 512, 1024, 2048, 3072], var.curate_memory_in_mbs)
    error_message = "Expected 128, 256, 512, 1024, 2048 or 3072."
  }
}

variable "curate_timeout_in_seconds" {
  description = "Seconds that curate has for one object. An object that takes longer fails every time: use smaller bronze objects or more memory."
  type        = number
  default     = 300

  validation {
    condition     = var.curate_timeout_in_seconds >= 5 && var.curate_timeout_in_seconds <= 300
    error_message = "Expected 5 to 300."
  }
}

variable "ingest_memory_in_mbs" {
  description = "Memory of ingest in MB."
  type        = number
  default     = 256

  validation {
    condition     = contains([128, 256, 512, 1024, 2048, 3072], var.ingest_memory_in_mbs)
    error_message = "Expected 128, 256, 512, 1024, 2048 or 3072."
  }
}

variable "ingest_timeout_in_seconds" {
  description = "Seconds that ingest has for one request, including retries of throttled records."
  type        = number
  default     = 30

  validation {
    condition     = var.ingest_timeout_in_seconds >= 5 && var.ingest_timeout_in_seconds <= 300
    error_message = "Expected 5 to 300."
  }
}

variable "ingest_provisioned_concurrency" {
  description = "Units of ingest to keep warm, a multiple that depends on its memory (of 20 with 256 MB, of 10 with 512 MB and more); 0 for none. They are billed whether or not they are used."
  type        = number
  default     = 0

  validation {
    condition     = var.ingest_provisioned_concurrency >= 0 && floor(var.ingest_provisioned_concurrency) == var.ingest_provisioned_concurrency
    error_message = "Expected a whole number, 0 or more."
  }
}

variable "table_schema" {
  description = "Schema of the table: gl-journal, which is built in, the URL of a schema file in this compartment, oci://bucket@namespace/name.json, or lake for the lake's own, which in a new lake is gl-journal. curate gets permission to read that file."
  type        = string
  default     = "lake"

  validation {
    condition     = can(regex("^([a-z0-9-]+|oci://[A-Za-z0-9_.-]+@[A-Za-z0-9]+/[A-Za-z0-9._/-]+)$", var.table_schema))
    error_message = "Expected lake, the name of a built-in schema, or oci://bucket@namespace/name."
  }
}

variable "ingest_key" {
  description = "Where to find a record's key; records with the same key stay in order. header:NAME, pointer:/PATH in the record, subject of a CloudEvent, or none. Several, separated by commas, are tried in turn. query:NAME is not allowed here, because the gateway logs URLs, and keys may be personal data."
  type        = string

  validation {
    condition     = can(regex("^(none|(header:[^,]+|pointer:/[^,]*|subject)(,(header:[^,]+|pointer:/[^,]*|subject))*(,none)?)$", var.ingest_key))
    error_message = "Expected header:NAME, pointer:/PATH, subject or none, or several of them separated by commas, with none last. The gateway logs URLs, so a key must not be in the query."
  }
}

variable "ingest_envelope" {
  description = "How ingest wraps each record: none, or journal, the wrapper that the built-in table gl-journal reads."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "journal"], var.ingest_envelope)
    error_message = "Expected none or journal."
  }
}

variable "ingest_table_schema" {
  description = "Schema that ingest checks records against, so that curate does not have to quarantine them: the name of a built-in schema, or a schema file's JSON (all settings of a function together are limited to 4 KB); none for no check."
  type        = string
  default     = "none"

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.ingest_table_schema)) || (can(jsondecode(var.ingest_table_schema)) && length(var.ingest_table_schema) <= 3072)
    error_message = "Expected none, the name of a built-in schema, or at most 3072 characters of JSON."
  }
}

variable "ingest_order" {
  description = "key: records with the same key stay in order, even if some are sent again. none: they may change order, but reach the stream sooner."
  type        = string
  default     = "key"

  validation {
    condition     = contains(["key", "none"], var.ingest_order)
    error_message = "Expected key or none."
  }
}

variable "curate_config" {
  description = "More settings of curate, by their names in the settings reference, for example { LOG_LEVEL = \"debug\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.curate_config), ["SOURCE_URL", "LAKE_URL", "TABLE_SCHEMA"])) == 0
    error_message = "SOURCE_URL, LAKE_URL and TABLE_SCHEMA are set by other variables."
  }
}

variable "ingest_config" {
  description = "More settings of ingest, by their names in the settings reference, for example { LOG_LEVEL = \"debug\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.ingest_config), ["STREAM_ID", "STREAM_ENDPOINT", "KEY", "ENVELOPE", "TABLE_SCHEMA", "ORDER"])) == 0
    error_message = "STREAM_ID, STREAM_ENDPOINT, KEY, ENVELOPE, TABLE_SCHEMA and ORDER are set by other variables."
  }
}

# Authentication of producers

variable "authentication" {
  description = "How callers authenticate. JWT_AUTHENTICATION: the gateway verifies a token's signature with the issuer's public keys. TOKEN_AUTHENTICATION: the gateway asks the issuer about tokens that only the issuer can read."
  type        = string
  default     = "JWT_AUTHENTICATION"

  validation {
    condition     = contains(["JWT_AUTHENTICATION", "TOKEN_AUTHENTICATION"], var.authentication)
    error_message = "Expected JWT_AUTHENTICATION or TOKEN_AUTHENTICATION."
  }
}

variable "token_issuers" {
  description = "Accepted issuers (claim iss), for example https://identity.oraclecloud.com/."
  type        = list(string)

  validation {
    condition     = length(var.token_issuers) > 0
    error_message = "Expected an issuer: without one, tokens of any issuer would be accepted."
  }
}

variable "token_audiences" {
  description = "Accepted audiences (claim aud)."
  type        = list(string)

  validation {
    condition     = length(var.token_audiences) > 0
    error_message = "Expected an audience: without one, tokens for any other service would be accepted."
  }
}

variable "token_scopes" {
  description = "Accepted scopes, of which a token needs one. If the list is empty, scopes are not checked."
  type        = list(string)
  default     = []
}

variable "jwks_uri" {
  description = "For JWT_AUTHENTICATION: URL of the issuer's public keys, readable without authentication, such as https://idcs-….identity.oraclecloud.com/admin/v1/SigningCert/jwk."
  type        = string
  default     = null

  validation {
    condition     = var.authentication == "JWT_AUTHENTICATION" ? can(regex("^https://", var.jwks_uri)) : var.jwks_uri == null
    error_message = "Expected a URL with https:// for JWT_AUTHENTICATION, and none for TOKEN_AUTHENTICATION."
  }
}

variable "token_discovery_uri" {
  description = "For TOKEN_AUTHENTICATION: URL of the issuer's discovery document, such as https://…/.well-known/openid-configuration."
  type        = string
  default     = null

  validation {
    condition     = var.authentication == "TOKEN_AUTHENTICATION" ? can(regex("^https://", var.token_discovery_uri)) : var.token_discovery_uri == null
    error_message = "Expected a URL with https:// for TOKEN_AUTHENTICATION, and none for JWT_AUTHENTICATION."
  }
}

variable "token_client_id" {
  description = "For TOKEN_AUTHENTICATION: ID of the client as which the gateway asks the issuer."
  type        = string
  default     = null

  validation {
    condition     = (var.authentication == "TOKEN_AUTHENTICATION") == (var.token_client_id != null)
    error_message = "Expected a client ID for TOKEN_AUTHENTICATION, and none for JWT_AUTHENTICATION."
  }
}

variable "token_client_secret_id" {
  description = "For TOKEN_AUTHENTICATION: OCID of the Vault secret that holds the client's password."
  type        = string
  default     = null

  validation {
    condition     = var.authentication == "TOKEN_AUTHENTICATION" ? can(regex("^ocid1\\.vaultsecret\\.", var.token_client_secret_id)) : var.token_client_secret_id == null
    error_message = "Expected an OCID that begins with ocid1.vaultsecret. for TOKEN_AUTHENTICATION, and none for JWT_AUTHENTICATION."
  }
}

variable "token_client_secret_version" {
  description = "For TOKEN_AUTHENTICATION: version of that secret."
  type        = number
  default     = 1

  validation {
    condition     = var.token_client_secret_version >= 1 && floor(var.token_client_secret_version) == var.token_client_secret_version
    error_message = "Expected a whole number, 1 or more."
  }
}

variable "producers" {
  description = "The producers, each with its own limit: name => { claim = value of producer_claim in the producer's tokens, requests_per_second = … }. If any is listed, the gateway refuses all others; if none is, rate_limit_in_requests_per_second is the only limit."
  type        = map(object({ claim = string, requests_per_second = number }))
  default     = {}

  validation {
    condition     = alltrue([for name, producer in var.producers : can(regex("^[A-Za-z0-9_.-]{1,64}$", name)) && producer.claim != ""])
    error_message = "Expected names of letters, digits, hyphens, underscores and periods, and a claim for each."
  }

  validation {
    condition     = alltrue([for producer in values(var.producers) : producer.requests_per_second >= 1 && floor(producer.requests_per_second) == producer.requests_per_second])
    error_message = "Expected a whole number of requests per second for each, 1 or more."
  }

  validation {
    condition     = length(distinct([for producer in values(var.producers) : producer.claim])) == length(var.producers)
    error_message = "Expected a claim of its own for each: with the same claim, two producers would share one rate limit."
  }
}

variable "producer_claim" {
  description = "The claim that says which producer a token belongs to: sub, or client_id."
  type        = string
  default     = "sub"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+$", var.producer_claim))
    error_message = "Expected the name of a claim."
  }
}

variable "rate_limit_in_requests_per_second" {
  description = "Maximum requests per second. The gateway responds with 429 to requests beyond that."
  type        = number
  default     = 100

  validation {
    condition     = var.rate_limit_in_requests_per_second >= 1
    error_message = "Expected 1 or more."
  }
}

variable "rate_limit_key" {
  description = "Whether the limit applies to each client address (CLIENT_IP) or to all of them together (TOTAL). For a limit per producer, see producers."
  type        = string
  default     = "TOTAL"

  validation {
    condition     = contains(["CLIENT_IP", "TOTAL"], var.rate_limit_key)
    error_message = "Expected CLIENT_IP or TOTAL."
  }
}

# Alarms and logs

variable "alarm_email" {
  description = "Address that alarms are sent to once its owner has confirmed the subscription; null for a topic without subscribers."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^[^@ ]+@[^@ ]+$", var.alarm_email))
    error_message = "Expected an address with @, or null."
  }
}

variable "log_retention_in_days" {
  description = "Days that logs are kept, in steps of 30."
  type        = number
  default     = 30

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180], var.log_retention_in_days)
    error_message = "Expected 30, 60, 90, 120, 150 or 180."
  }
}
