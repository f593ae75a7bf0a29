terraform {
  # Validations of variables that look at other variables came with 1.9.
  required_version = ">= 1.9"

  required_providers {
    oci = {
      source = "oracle/oci"
      # The block `logging` of an application was not there in June 2025, and is in what deploy/oci/provider_schema.json was read from (October
      # 2026); which release brought it the documentation does not say.
      version = ">= 7.32"
    }
  }
}

# Credentials are those of ~/.oci/config, as for Oracle's command line, or of the OCI_ variables.
provider "oci" {
  region = var.region
}

# Dynamic groups and policies can be written in the tenancy's home region only.
provider "oci" {
  alias  = "home"
  region = var.home_region
}
