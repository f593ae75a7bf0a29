# Where

variable "tenancy_id" {
  description = "OCID of the tenancy; dynamic groups belong to it."
  type        = string

  validation {
    condition     = startswith(var.tenancy_id, "ocid1.tenancy.")
    error_message = "Expected an OCID that begins with ocid1.tenancy."
  }
}

variable "compartment_id" {
  description = "OCID of the compartment that everything is made in."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.(compartment|tenancy)\\.", var.compartment_id))
    error_message = "Expected an OCID that begins with ocid1.compartment."
  }
}

variable "region" {
  description = "Region that everything is made in, such as uk-london-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "Expected a region's identifier, such as uk-london-1."
  }
}

variable "home_region" {
  description = "The tenancy's home region, for dynamic groups and policies; often the same as region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.home_region))
    error_message = "Expected a region's identifier, such as uk-london-1."
  }
}

variable "prefix" {
  description = "Begins the names of all that is made, but for buckets."
  type        = string
  default     = "bronzeworks"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.prefix))
    error_message = "Expected at most 31 lower-case letters, digits and hyphens, a letter first: it is part of image names."
  }
}

variable "freeform_tags" {
  description = "Tags of all that is made."
  type        = map(string)
  default     = {}
}

# Network

variable "function_subnet_ids" {
  description = "OCIDs of one to three subnets for the functions. They need a way to Object Storage and Streaming: a service gateway will do."
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
  description = "OCID of the API gateway's subnet, a public one if the gateway is public. It has to let TCP port 443 in."
  type        = string

  validation {
    condition     = startswith(var.gateway_subnet_id, "ocid1.subnet.")
    error_message = "Expected an OCID that begins with ocid1.subnet."
  }
}

variable "gateway_is_private" {
  description = "Whether the API gateway can be reached from its network only."
  type        = bool
  default     = false
}

variable "stream_pool_subnet_id" {
  description = "OCID of a subnet that the stream can be reached from only; null for a public endpoint. Then the functions have to be in reach of it, and so has the connector: see deploy/oci/README.md."
  type        = string
  default     = null

  validation {
    condition     = var.stream_pool_subnet_id == null ? true : startswith(var.stream_pool_subnet_id, "ocid1.subnet.")
    error_message = "Expected an OCID that begins with ocid1.subnet., or null."
  }
}

# Stream and connector

variable "stream_partitions" {
  description = "Partitions of the stream, fixed once it is made. Each takes 1 MB/s; the records of one key stay in one."
  type        = number
  default     = 1

  validation {
    condition     = var.stream_partitions >= 1 && floor(var.stream_partitions) == var.stream_partitions
    error_message = "Expected a whole number, 1 or more."
  }
}

variable "stream_retention_in_hours" {
  description = "How long the stream keeps records, fixed once it is made: the time there is to mend a connector that stopped."
  type        = number
  default     = 168

  validation {
    condition     = var.stream_retention_in_hours >= 24 && var.stream_retention_in_hours <= 168
    error_message = "Expected 24 to 168."
  }
}

variable "stream_kms_key_id" {
  description = "OCID of a key of your own that encrypts the stream pool; null for Oracle's."
  type        = string
  default     = null

  validation {
    condition     = var.stream_kms_key_id == null ? true : startswith(var.stream_kms_key_id, "ocid1.key.")
    error_message = "Expected an OCID that begins with ocid1.key., or null."
  }
}

variable "connector_rollover_size_in_mbs" {
  description = "After how many megabytes the connector closes a bronze object; the service's own default is 100."
  type        = number
  default     = 100

  validation {
    condition     = var.connector_rollover_size_in_mbs >= 1
    error_message = "Expected 1 or more."
  }
}

variable "connector_rollover_time_in_ms" {
  description = "After how many milliseconds the connector closes a bronze object: how old data are, at most, when they get to the lake. The service's own default is 420000."
  type        = number
  default     = 420000

  validation {
    condition     = var.connector_rollover_time_in_ms >= 60000
    error_message = "Expected 60000 or more: shorter ones make many small files of the table."
  }
}

variable "connector_log_service" {
  description = "Name by which the Logging service knows Connector Hub (`oci logging service list` has it), for the log of the connector's runs; null for no such log."
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
  description = "Whether the bronze bucket keeps former versions of its objects."
  type        = bool
  default     = false
}

variable "bronze_retention_days" {
  description = "For how many days nobody can delete or replace a bronze object; 0 for no such rule. Not together with versioning."
  type        = number
  default     = 0

  validation {
    condition     = var.bronze_retention_days >= 0 && floor(var.bronze_retention_days) == var.bronze_retention_days
    error_message = "Expected a whole number of days, or 0."
  }

  validation {
    condition     = var.bronze_retention_days == 0 || !var.bronze_versioning
    error_message = "Object Storage has no retention rules in buckets with versioning: choose one."
  }
}

variable "lake_bucket" {
  description = "Name of the bucket of the table. It has no retention rule: curate replaces what it has written when an object is replaced."
  type        = string
  default     = "lake"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,256}$", var.lake_bucket))
    error_message = "Expected letters, digits, hyphens, underscores and periods."
  }

  validation {
    # Policies match names of buckets whatever their case.
    condition     = lower(var.lake_bucket) != lower(var.bronze_bucket)
    error_message = "Expected another bucket than bronze_bucket, by more than its capitals: what is written to the lake must not fire curate."
  }
}

variable "lake_folder" {
  description = "Folder of the table in the lake's bucket: one lake holds one table."
  type        = string
  default     = "journal"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.lake_folder)) && !can(regex("(^|/)[._]", var.lake_folder))
    error_message = "Expected names of letters, digits, hyphens, underscores and periods, with slashes between; none begins with an underscore or a period."
  }
}

variable "lake_versioning" {
  description = "Whether the lake's bucket keeps former versions of its objects."
  type        = bool
  default     = false
}

variable "bucket_kms_key_id" {
  description = "OCID of a key of your own that encrypts both buckets; null for Oracle's."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_kms_key_id == null ? true : startswith(var.bucket_kms_key_id, "ocid1.key.")
    error_message = "Expected an OCID that begins with ocid1.key., or null."
  }
}

variable "kms_compartment_id" {
  description = "OCID of the compartment of your own keys and secrets; null for compartment_id."
  type        = string
  default     = null

  validation {
    condition     = var.kms_compartment_id == null ? true : can(regex("^ocid1\\.(compartment|tenancy)\\.", var.kms_compartment_id))
    error_message = "Expected an OCID that begins with ocid1.compartment., or null."
  }
}

# Functions

variable "image_registry" {
  description = "Host of the region's container registry: its key, as lhr.ocir.io for uk-london-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+$", var.image_registry))
    error_message = "Expected a host's name, without https:// and path."
  }
}

variable "image_version" {
  description = "Tag of both images, as deploy/oci/images has pushed them."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_version)) && var.image_version != "latest"
    error_message = "Expected an image's tag, and not latest: a function goes on with the image that it has."
  }
}

variable "function_shape" {
  description = "Processors that the functions run on. GENERIC_X86_ARM takes what is free, and needs images for both."
  type        = string
  default     = "GENERIC_X86"

  validation {
    condition     = contains(["GENERIC_X86", "GENERIC_ARM", "GENERIC_X86_ARM"], var.function_shape)
    error_message = "Expected GENERIC_X86, GENERIC_ARM or GENERIC_X86_ARM."
  }
}

variable "curate_memory_in_mbs" {
  description = "Memory of curate; its share of a core grows with it."
  type        = number
  default     = 512

  validation {
    condition     = contains([128, 256, 512, 1024, 2048, 3072], var.curate_memory_in_mbs)
    error_message = "Expected 128, 256, 512, 1024, 2048 or 3072."
  }
}

variable "curate_timeout_in_seconds" {
  description = "Time that curate has for one object. An object that takes longer fails again and again: make bronze objects smaller, or memory larger."
  type        = number
  default     = 300

  validation {
    condition     = var.curate_timeout_in_seconds >= 5 && var.curate_timeout_in_seconds <= 300
    error_message = "Expected 5 to 300."
  }
}

variable "ingest_memory_in_mbs" {
  description = "Memory of ingest."
  type        = number
  default     = 256

  validation {
    condition     = contains([128, 256, 512, 1024, 2048, 3072], var.ingest_memory_in_mbs)
    error_message = "Expected 128, 256, 512, 1024, 2048 or 3072."
  }
}

variable "ingest_timeout_in_seconds" {
  description = "Time that ingest has for one request, throttled records included."
  type        = number
  default     = 30

  validation {
    condition     = var.ingest_timeout_in_seconds >= 5 && var.ingest_timeout_in_seconds <= 300
    error_message = "Expected 5 to 300."
  }
}

variable "ingest_provisioned_concurrency" {
  description = "Units of ingest that are kept warm, in steps of the memory's (256 MB: 20; 512 MB and more: 10); 0 for none. They cost also when nobody calls."
  type        = number
  default     = 0

  validation {
    condition     = var.ingest_provisioned_concurrency >= 0 && floor(var.ingest_provisioned_concurrency) == var.ingest_provisioned_concurrency
    error_message = "Expected a whole number, or 0."
  }
}

variable "table_schema" {
  description = "The table: gl-journal, which is built in, or the URL of a schema file, oci://bucket@namespace/name.json, in this compartment, which curate is then allowed to read."
  type        = string
  default     = "gl-journal"

  validation {
    condition     = can(regex("^([a-z0-9-]+|oci://[A-Za-z0-9_.-]+@[A-Za-z0-9]+/[A-Za-z0-9._/-]+)$", var.table_schema))
    error_message = "Expected the name of a built-in schema, or oci://bucket@namespace/name."
  }
}

variable "ingest_key" {
  description = "Where a record's key is, by which it stays in order: header:NAME, query:NAME, pointer:/PATH in the record, subject of a CloudEvent, or none; several with commas between are tried in turn."
  type        = string

  validation {
    condition     = can(regex("^(none|((header|query):[^,]+|pointer:/[^,]*|subject)(,((header|query):[^,]+|pointer:/[^,]*|subject))*(,none)?)$", var.ingest_key))
    error_message = "Expected header:NAME, query:NAME, pointer:/PATH, subject or none, or several of them with commas between, none last."
  }
}

variable "ingest_envelope" {
  description = "What ingest puts around each record: none, or journal, as the built-in table gl-journal has it."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "journal"], var.ingest_envelope)
    error_message = "Expected none or journal."
  }
}

variable "ingest_table_schema" {
  description = "The table whose rows ingest holds records to be, so that curate puts none into quarantine: the name of a built-in schema, or a schema file's JSON (all settings of a function together have 4 KB); none for no such check."
  type        = string
  default     = "none"

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.ingest_table_schema)) || (can(jsondecode(var.ingest_table_schema)) && length(var.ingest_table_schema) <= 3072)
    error_message = "Expected none, the name of a built-in schema, or at most 3072 characters of JSON."
  }
}

variable "ingest_order" {
  description = "key: no record overtakes an earlier one of its key, also when some are sent again. none: it may, and is on the stream sooner."
  type        = string
  default     = "key"

  validation {
    condition     = contains(["key", "none"], var.ingest_order)
    error_message = "Expected key or none."
  }
}

variable "curate_config" {
  description = "Further settings of curate, by the names in the project's README, such as { LOG_LEVEL = \"debug\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.curate_config), ["SOURCE_URL", "LAKE_URL", "TABLE_SCHEMA"])) == 0
    error_message = "SOURCE_URL, LAKE_URL and TABLE_SCHEMA follow from other variables."
  }
}

variable "ingest_config" {
  description = "Further settings of ingest, by the names in the project's README, such as { LOG_LEVEL = \"debug\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.ingest_config), ["STREAM_ID", "STREAM_ENDPOINT", "KEY", "ENVELOPE", "TABLE_SCHEMA", "ORDER"])) == 0
    error_message = "STREAM_ID, STREAM_ENDPOINT, KEY, ENVELOPE, TABLE_SCHEMA and ORDER follow from other variables."
  }
}

# Who may call ingest

variable "authentication" {
  description = "How callers prove who they are. JWT_AUTHENTICATION: the gateway checks a token's signature by the issuer's keys. TOKEN_AUTHENTICATION: it asks the issuer about tokens that only the issuer can read."
  type        = string
  default     = "JWT_AUTHENTICATION"

  validation {
    condition     = contains(["JWT_AUTHENTICATION", "TOKEN_AUTHENTICATION"], var.authentication)
    error_message = "Expected JWT_AUTHENTICATION or TOKEN_AUTHENTICATION."
  }
}

variable "token_issuers" {
  description = "Who may have issued a token: its claim iss, such as https://identity.oraclecloud.com/."
  type        = list(string)

  validation {
    condition     = length(var.token_issuers) > 0
    error_message = "Expected an issuer: without one, anybody's token would do."
  }
}

variable "token_audiences" {
  description = "Whom a token may be for: its claim aud."
  type        = list(string)

  validation {
    condition     = length(var.token_audiences) > 0
    error_message = "Expected an audience: without one, a token for any other service would do."
  }
}

variable "token_scopes" {
  description = "A token's scope has to have one of these; none: any token will do."
  type        = list(string)
  default     = []
}

variable "jwks_uri" {
  description = "For JWT_AUTHENTICATION: where the issuer has its public keys, for anybody to read, as https://idcs-….identity.oraclecloud.com/admin/v1/SigningCert/jwk."
  type        = string
  default     = null

  validation {
    condition     = var.authentication == "JWT_AUTHENTICATION" ? can(regex("^https://", var.jwks_uri)) : var.jwks_uri == null
    error_message = "Expected a URL with https:// for JWT_AUTHENTICATION, and none for TOKEN_AUTHENTICATION."
  }
}

variable "token_discovery_uri" {
  description = "For TOKEN_AUTHENTICATION: the issuer's discovery document, as https://…/.well-known/openid-configuration."
  type        = string
  default     = null

  validation {
    condition     = var.authentication == "TOKEN_AUTHENTICATION" ? can(regex("^https://", var.token_discovery_uri)) : var.token_discovery_uri == null
    error_message = "Expected a URL with https:// for TOKEN_AUTHENTICATION, and none for JWT_AUTHENTICATION."
  }
}

variable "token_client_id" {
  description = "For TOKEN_AUTHENTICATION: as which client the gateway asks the issuer."
  type        = string
  default     = null

  validation {
    condition     = (var.authentication == "TOKEN_AUTHENTICATION") == (var.token_client_id != null)
    error_message = "Expected a client's name for TOKEN_AUTHENTICATION, and none for JWT_AUTHENTICATION."
  }
}

variable "token_client_secret_id" {
  description = "For TOKEN_AUTHENTICATION: OCID of the Vault's secret with that client's password."
  type        = string
  default     = null

  validation {
    condition     = var.authentication == "TOKEN_AUTHENTICATION" ? can(regex("^ocid1\\.vaultsecret\\.", var.token_client_secret_id)) : var.token_client_secret_id == null
    error_message = "Expected an OCID that begins with ocid1.vaultsecret. for TOKEN_AUTHENTICATION, and none for JWT_AUTHENTICATION."
  }
}

variable "token_client_secret_version" {
  description = "For TOKEN_AUTHENTICATION: the version of that secret."
  type        = number
  default     = 1

  validation {
    condition     = var.token_client_secret_version >= 1 && floor(var.token_client_secret_version) == var.token_client_secret_version
    error_message = "Expected a whole number, 1 or more."
  }
}

variable "rate_limit_in_requests_per_second" {
  description = "How many requests a second the gateway lets through; the others are told to come again."
  type        = number
  default     = 100

  validation {
    condition     = var.rate_limit_in_requests_per_second >= 1
    error_message = "Expected 1 or more."
  }
}

variable "rate_limit_key" {
  description = "Whether the limit is for each caller's address (CLIENT_IP) or for all of them together (TOTAL)."
  type        = string
  default     = "TOTAL"

  validation {
    condition     = contains(["CLIENT_IP", "TOTAL"], var.rate_limit_key)
    error_message = "Expected CLIENT_IP or TOTAL."
  }
}

# Who is told

variable "alarm_email" {
  description = "Address that alarms are sent to, once its owner has confirmed; null for a topic without subscribers."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^[^@ ]+@[^@ ]+$", var.alarm_email))
    error_message = "Expected an address with @, or null."
  }
}

variable "log_retention_in_days" {
  description = "How long logs are kept, in steps of 30 days."
  type        = number
  default     = 30

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180], var.log_retention_in_days)
    error_message = "Expected 30, 60, 90, 120, 150 or 180."
  }
}
