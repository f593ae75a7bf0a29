terraform {
  # The first version in which a variable's validation can refer to other variables.
  required_version = ">= 1.9"

  required_providers {
    oci = {
      source = "oracle/oci"
      # The block `logging` of an application did not exist in June 2025, and exists in the schema of October 2026 (provider_schema.json).
      # The documentation does not say which release added it. A new major version may change what a configuration means. The file
      # .terraform.lock.hcl pins one version by its hashes; deploy/release requires it.
      version = ">= 7.32, < 9.0"
    }
  }
}

# Credentials come from ~/.oci/config, as for Oracle's command line, or from the OCI_ variables.
provider "oci" {
  region = var.region
}

# Dynamic groups and policies can only be changed in the tenancy's home region.
provider "oci" {
  alias  = "home"
  region = var.home_region
}
